// SPDX-License-Identifier: BSD-3-Clause
//
// Model of what a port wants of one source S of a group, in three entries: the group's (any source), and
// those of S, requested and excluded. A worker takes the port's reports, the control thread takes what the
// worker does not do, and a forwarder asks, as accepting() does, whether S goes to the port.
//
// The entries are there all the time: group_table.pml is about how they come and go. No store buffers are
// needed: each store is a read-modify-write.

#ifndef MESSAGES
#define MESSAGES 3
#endif

// Records of a report, in filter mode EXCLUDE of S, of nothing, or of another source; in mode INCLUDE of
// S, or of nothing; ALLOW of S. TO_IN of S is INCLUDE_S.
mtype = { EXCLUDE_S, EXCLUDE_NONE, EXCLUDE_OTHER, INCLUDE_S, INCLUDE_NONE, ALLOW_S };

// The table: the port's bits, the marks of the group's word, stamps of the port's memberships.
bit any, requested, excluded;
bit has_requested, has_excluded;
byte any_stamp, requested_stamp;
chan ring = [MESSAGES] of { mtype, byte };

// --- what is checked -------------------------------------------------------------------------------

// The answer that the reports call for so far: in `before`, and in `after` while the control thread goes from
// one to the other; and what the worker is about to add.
typedef Wanted { bit any, requested, excluded };
Wanted before, after;
bit adds_any, adds_requested;
// The forwarder is in its section, and since it began the group came to cover S. A source timer that runs
// out just then, within these few instructions, would cost a frame.
bit forwards, overtaken;
// The control thread is in remove(), and it is open whether a newer report stops it.
bit removes_any, removes_requested;
// Right answers of late: bit 1 "goes to the port", bit 0 "does not". A forwarder's answer is one that was
// right at some time between its first load and its last.
byte right;
#define GOES(s, a, r) (((s.any | (a)) & !s.excluded | s.requested | (r)) + 1)
#define RIGHT_NOW                                                                             \
  (GOES(before, 0, 0) | GOES(after, 0, 0) | GOES(before, adds_any, 0) | GOES(after, adds_any, 0) | \
   GOES(before, 0, adds_requested) | GOES(after, 0, adds_requested))
#define CHANGED right = right | RIGHT_NOW
#define SET_ANY overtaken = overtaken | forwards & !any; any = 1
#define CLEAR_EXCLUDED overtaken = overtaken | forwards & excluded; excluded = 0
#define SETTLED \
  before.any = after.any; before.requested = after.requested; before.excluded = after.excluded; CHANGED
#define ABORTED \
  after.any = before.any; after.requested = before.requested; after.excluded = before.excluded; CHANGED

// The last message, its stamp, and the newest stamps that a timer has ended.
mtype last;
byte received, any_ended, requested_ended;
bit busy;
bit P1_no_report_is_lost, P7_answer_was_right;
#define CHECK(property, condition) assert(property || (condition))

// Whenever all is quiet the entries say what the last report asked for.
inline audit()
{
  if
  :: received > any_ended && (last == EXCLUDE_NONE || last == EXCLUDE_OTHER) ->
     CHECK(P1_no_report_is_lost, any && !excluded)
  :: received > any_ended && last == EXCLUDE_S -> CHECK(P1_no_report_is_lost, any && excluded)
  :: received > any_ended && (last == INCLUDE_S || last == INCLUDE_NONE) ->
     CHECK(P1_no_report_is_lost, !any && !excluded)
  :: else
  fi;
  CHECK(P1_no_report_is_lost, !(last == INCLUDE_S || last == ALLOW_S) ||
                              received <= requested_ended || requested)
}

// --- the port's worker: join(), join_source(), and the event to the control thread -----------------------

inline message_done()
{
  marks = 0; busy = 0;
  goto idle
}

proctype worker()
{
  bit marks;

idle:
end:
  atomic {
    received < MESSAGES ->
    received++;
    busy = 1;
    if
    :: last = EXCLUDE_NONE; adds_any = 1; CHANGED; goto join
    :: last = ALLOW_S; adds_requested = 1; CHANGED; goto join_source
    :: last = INCLUDE_S; adds_requested = 1; CHANGED; goto join_source
    :: last = EXCLUDE_S
    :: last = EXCLUDE_OTHER
    :: last = INCLUDE_NONE
    fi;
    ring ! last, received;
    message_done()
  };

join:
#ifdef MARKS_SEEN_BEFORE_STAMP
  atomic { marks = has_requested | has_excluded };
#endif
  atomic { any_stamp = received };
#ifndef MARKS_SEEN_BEFORE_STAMP
  atomic { marks = has_requested | has_excluded };
#endif
  atomic { SET_ANY; adds_any = 0; before.any = 1; after.any = !removes_any; CHANGED };
  atomic {
    if
    :: marks -> ring ! last, received
    :: else
    fi;
    message_done()
  };

join_source:
  // touch(): the group's word, with the mark.
  atomic { has_requested = 1; marks = any };
  atomic { requested_stamp = received };
  atomic {
    requested = 1;
    adds_requested = 0; before.requested = 1; after.requested = !removes_requested; CHANGED
  };
  atomic {
    if
    :: last == INCLUDE_S || marks -> ring ! last, received
    :: else
    fi;
    message_done()
  }
}

// --- the control thread: RFC 9776 sections 6.4.1 and 6.4.2 -----------------------------------------------

inline event_done()
{
  SETTLED;
  stamp = 0; by_timer = 0; removes_any = 0; removes_requested = 0;
  goto idle
}

inline raise(which)
{
  which = (which > stamp -> which : stamp)
}

// The group's stamp again, after the port is known as one that excludes S: a worker that took a newer report
// has not seen the mark, or this sees its stamp.
#ifdef STAMP_NOT_READ_AGAIN
#define NEWER_REPORT false
#else
#define NEWER_REPORT (any_stamp > stamp)
#endif

inline exclude()
{
  atomic { has_excluded = 1 };
  atomic { excluded = 1 };
  atomic {
    if
    :: NEWER_REPORT -> goto take_back
    :: else
    fi
  }
}

proctype control()
{
  mtype what;
  byte stamp;
  bit by_timer;

idle:
end:
  if
  :: atomic { !busy && empty(ring) -> audit(); goto idle }
  // Timers, when they like.
  :: atomic {
       requested && !overtaken ->
       stamp = requested_stamp;
       removes_requested = 1; after.requested = 0; CHANGED;
       goto end_requested
     }
  :: atomic {
       any ->
       stamp = any_stamp; by_timer = 1;
       removes_any = 1; after.any = 0; after.excluded = 0; CHANGED;
       goto end_any
     }
  :: atomic {
       ring ? what, stamp ->
       if
       :: what == INCLUDE_S || what == INCLUDE_NONE ->
          if
          :: any_stamp > stamp -> event_done()
          :: else -> removes_any = 1; after.any = 0; after.excluded = 0; CHANGED; goto end_any
          fi
       :: what != INCLUDE_S && what != INCLUDE_NONE && any_stamp > stamp -> event_done()
       :: else
       fi;
       if
       :: what == EXCLUDE_NONE -> after.excluded = 0; CHANGED; goto include
       :: what == EXCLUDE_OTHER -> after.any = 1; after.excluded = 0; CHANGED; goto include
       :: what == ALLOW_S && (!any || !requested || excluded) -> event_done()
       :: what == ALLOW_S && any && requested && !excluded -> after.excluded = 1; CHANGED; goto exclude_too
       :: what == EXCLUDE_S && !any -> after.any = 1; after.excluded = 1; CHANGED; goto to_exclude
       :: what == EXCLUDE_S && any && !excluded ->
          after.excluded = 1; after.requested = 1; CHANGED;
          goto to_source_timer
       :: what == EXCLUDE_S && any && excluded -> raise(any_stamp); event_done()
       fi
     }
  fi;

// INCLUDE (A) to EXCLUDE (A * B, B - A): excluded first.
to_exclude:
#ifdef ANY_BEFORE_EXCLUDED
  atomic { raise(any_stamp) };
  atomic { any = 1 };
#endif
  exclude();
join_any:
  atomic { raise(any_stamp) };
  atomic { SET_ANY; before.any = 1; after.any = 1; event_done() };

// EXCLUDE (X, Y) with a source that was not listed: its source timer first.
to_source_timer:
#ifdef EXCLUDED_BEFORE_REQUESTED
  exclude();
#endif
  atomic { has_requested = 1 };
  atomic { raise(requested_stamp) };
  atomic { requested = 1 };
exclude_too:
  exclude();
  atomic { raise(any_stamp); event_done() };

take_back:
  atomic { CLEAR_EXCLUDED; after.excluded = 0; after.any = before.any; event_done() };

// S is not listed any more. Its source timer goes on.
include:
  atomic { CLEAR_EXCLUDED };
#ifdef REQUESTED_ENDS_AT_ONCE
  atomic {
    if
    :: what == EXCLUDE_OTHER -> raise(any_stamp); any = 1
    :: else
    fi
  };
  atomic { requested = 0; after.requested = 0; CHANGED };
#endif
  atomic {
    if
    :: what == EXCLUDE_OTHER -> goto join_any
    :: what != EXCLUDE_OTHER -> event_done()
    fi
  };

// remove() on the group's entry: to INCLUDE. Excluded goes last.
end_any:
#ifdef EXCLUDED_ENDS_BEFORE_ANY
  atomic { excluded = 0 };
#endif
  // A forwarder that has read the group's word may still take S for wanted: its excluded bit goes next.
  atomic { any = 0; right = right | forwards << 1 };
  atomic {
    if
    :: any_stamp > stamp -> SET_ANY; ABORTED; event_done()
    :: else ->
       removes_any = 0; before.any = any; after.any = any; CHANGED;
       any_ended = (by_timer && stamp > any_ended -> stamp : any_ended)
    fi
  };
  atomic { CLEAR_EXCLUDED; event_done() };

// remove() on the source's entry.
end_requested:
  atomic { requested = 0 };
  atomic {
    if
    :: requested_stamp > stamp -> requested = 1; ABORTED; event_done()
    :: else ->
       after.requested = requested;
       requested_ended = (stamp > requested_ended -> stamp : requested_ended);
       event_done()
    fi
  }
}

// --- a forwarder: the group's word once, then the sources ------------------------------------------------

proctype forwarder()
{
  bit goes, asks_requested, asks_excluded;

idle:
end:
  atomic {
    right = 0; forwards = 1; CHANGED;
    goes = any; asks_requested = has_requested; asks_excluded = has_excluded
  };
#ifdef REQUESTED_READ_FIRST
  bit asks_requested_first;
  atomic { asks_requested_first = asks_requested & requested };
#endif
  atomic {
    asks_excluded = asks_excluded & excluded;
    goes = goes & !asks_excluded;
#ifndef MARK_TRUSTED
    // The mark may be older than the entry of the excluded source.
    asks_requested = asks_requested | asks_excluded
#endif
  };
  atomic {
#ifdef REQUESTED_READ_FIRST
    goes = goes | asks_requested_first;
#else
    goes = goes | asks_requested & requested;
#endif
    CHECK(P7_answer_was_right, (right & (goes + 1)) != 0);
    right = 0; forwards = 0; overtaken = 0; goes = 0; asks_requested = 0; asks_excluded = 0;
    goto idle
  }
}

init
{
  atomic {
    run worker();
    run control();
    run forwarder()
  }
}
