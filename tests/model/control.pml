// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread: the table's part of it, drain_fresh(), remove(), unlink(), reclaim(), recycle(),
// and as much of the engine above as decides when they are called: a timer for every member, that fires
// when it likes (lib/control/membership_timers), leaves on ports with fast leave, and loss of link
// (lib/control/link_sweep).

// published_word() of `id`, in one step: once its place is open, only this thread ends the entry.
inline published_word()
{
  s = RD(CONTROL, PLACE(id));
  w = 0;
  if
  :: (s & CLOSED) == 0 ->
     s = SLOT_OF(s);
     CHECK(P4_no_reuse_in_grace, (preparing & BIT(s)) == 0);
     w = RD(CONTROL, WORD(s));
     w = (STATE(w) == LIVE && WORD_ID(w) == id -> w : 0)
  :: else
  fi
}

// find_entry() of key `sought`, in one step for the same reason: s is its slot, or SLOTS.
inline find_entry(sought)
{
  published_set(set, s);
  s = 0;
  do
  :: s < SLOTS && ((set & BIT(s)) == 0 || STATE(mem[WORD(s)]) != LIVE ||
                   mem[GROUP(WORD_ID(mem[WORD(s)]))] != sought + 1) -> s++
  :: else -> break
  od;
  set = 0
}

// GracePeriod::begin()
inline begin_grace()
{
#ifdef NO_GRACE_PERIOD
  skip
#else
  need = BIT(0) | BIT(1) | mem[ONLINE] << READER
#endif
}

inline lowest(n, set_of)
{
  n = 0;
  do
  :: (set_of & BIT(n)) == 0 -> n++
  :: else -> break
  od
}

inline work_done()
{
  id = 0; port = 0; limit = 0; g = 0; h = 0; s = 0; w = 0; by_timer = 0; last_pass = 0; had = 0;
  goto idle
}

inline next_mark()
{
  if
  :: marks != 0 -> goto visit
  :: marks == 0 && words != 0 -> goto take
  :: marks == 0 && words == 0 ->
     base = 0;
#ifdef SOURCES
     pass_done();
#endif
     work_done()
  fi
}

inline choose_membership(set_of)
{
  if
  :: (set_of) & 1 -> id = 0; port = 0
  :: (set_of) & 2 -> id = 0; port = 1
  :: (set_of) & 4 -> id = 1; port = 0
  :: (set_of) & 8 -> id = 1; port = 1
  :: (set_of) & 16 -> id = 2; port = 0
  :: (set_of) & 32 -> id = 2; port = 1
  :: (set_of) & 64 -> id = 3; port = 0
  :: (set_of) & 128 -> id = 3; port = 1
  fi
}

#ifdef LEAVE_IGNORES_STAMP
#define NEWER(limit) (by_timer && RD(CONTROL, STAMP(id, port)) > limit)
#else
#define NEWER(limit) (RD(CONTROL, STAMP(id, port)) > limit)
#endif

// remove() on a port that was silent since the stamp now seen. In the last pass, when nothing else
// happens any more, it must succeed.
inline remove_silent()
{
  limit = RD(CONTROL, STAMP(id, port));
  by_timer = 1;
  last_pass = ALL_RECEIVED && QUIET;
  goto clear
}

// A leave: find_entry(), then remove() with its first look at the stamp.
inline take_event(from)
{
  port = from;
  w = RD(CONTROL, RING(from));
  g = (w & 15) >> 2;
  limit = w & 3;
  PUT(CONTROL, RING(from), 0);
#ifdef CONTROL_JOINS
  if
  :: w >= JOIN(0, 0) ->
     agent_topic = g; agent_port = port; received[CONTROL] = limit;
     g = 0; port = 0; limit = 0; w = 0;
     goto joining
  :: else
  fi;
#endif
  w = 0;
  find_entry(g % GROUPS);
  if
  :: s == SLOTS -> work_done()
  :: else
  fi;
  id = WORD_ID(mem[WORD(s)]);
#ifdef SOURCES
  if
  :: g >= GROUPS ->
     find_entry(CHILD_KEY(id));
     if
     :: s == SLOTS -> work_done()
     :: else
     fi;
     id = WORD_ID(mem[WORD(s)])
  :: else
  fi;
#endif
  if
  :: NEWER(limit) -> work_done()
  :: else -> goto clear
  fi
}

#define MEMBER(s, port) ((s) < SLOTS && (set & BIT(s)) != 0 && HAS_PORT(mem[WORD(s)], port))

proctype control()
{
  // Of remove(): entry, port, not_after; slot and word; whether the bit was set.
  byte id, port, limit, g, h, s, w;
  bit by_timer, last_pass, had;
  // Of drain_fresh(): words and entries taken, first entry of the word.
  byte words, marks, base;
  byte set, members, groups;
#ifdef SOURCES
  bit counts, last_closing;
  byte parent, n;
#endif

idle:
end:
  if
  :: atomic { QUIET -> audit(); goto idle }

#ifdef ANY_TIME
  // Some membership is ended, of all that the bucket shows.
  :: atomic {
       mem[HEADER] != 0 ->
       published_set(set, s);
       s = 0;
       if
       :: MEMBER(0, 0) -> s = 0; port = 0
       :: MEMBER(0, 1) -> s = 0; port = 1
       :: MEMBER(1, 0) -> s = 1; port = 0
       :: MEMBER(1, 1) -> s = 1; port = 1
       :: MEMBER(2, 0) -> s = 2; port = 0
       :: MEMBER(2, 1) -> s = 2; port = 1
       :: else -> set = 0; goto idle
       fi;
       set = 0;
       id = WORD_ID(mem[WORD(s)]);
       remove_silent()
     }
#endif
#ifdef MARKS
  // drain_fresh(): the summary, then the words of entries that it names, then the entries.
  :: atomic {
#ifdef SUMMARY_EXCHANGE_AS_STORE
       RD(CONTROL, SUMMARY) != 0 ->
       words = RD(CONTROL, SUMMARY);
       PUT(CONTROL, SUMMARY, 0);
#else
       mem[SUMMARY] != 0 && EMPTY(CONTROL) ->
       words = mem[SUMMARY];
#ifndef FRESH_TAKEN_BEFORE_SUMMARY
       mem[SUMMARY] = 0;
#endif
#endif
#ifdef SOURCES
       counts = PASS_COUNTS;
#endif
       goto take
     }
#endif
#ifndef ANY_TIME
  // A timer fires. Not a member any more: dropped.
  :: atomic {
       armed != 0 ->
       choose_membership(armed);
       armed = armed & ~BIT(2 * id + port);
       published_word();
       if
       :: HAS_PORT(w, port) -> remove_silent()
       :: else -> work_done()
       fi
     }
#ifdef LINK_LOSS
  // A link is lost: what was reported until now ends, and what is on its way as well.
  :: atomic {
       mem[HEADER] != 0 ->
       choose_membership(BIT(2 * IDS) - 1);
       published_word();
       limit = RD(CONTROL, STAMP(id, port)) + 1;
       if
       :: HAS_PORT(w, port) -> goto clear
       :: else -> work_done()
       fi
     }
#endif
#endif

  :: atomic { RD(CONTROL, RING(0)) != 0 -> take_event(0) }
  :: atomic { RD(CONTROL, RING(1)) != 0 -> take_event(1) }

  // reclaim(): a grace period is over; the next begins.
  :: atomic { waiting != 0 && need == 0 -> goto recycle }
  :: atomic {
       waiting == 0 && unlinked != 0 && EMPTY(CONTROL) ->
       waiting = unlinked;
       unlinked = 0;
#ifndef GRACE_BEGINS_BEFORE_UNLINK
       begin_grace();
#endif
       goto idle
     }
#ifdef SOURCES
  // reclaim(): closing.
  :: atomic { closing == NO_ID && to_close != 0 && EMPTY(CONTROL) -> begin_closing() }
  :: atomic { CLOSING_WAITS_FOR_PASS && RD(CONTROL, SUMMARY) == 0 -> passes--; goto idle }
  :: atomic { CLOSING_IS_DUE -> finish_closing() }
#endif
  fi;

#ifdef CONTROL_JOINS
joining:
  atomic { received[CONTROL] == 0 -> agent_topic = 0; agent_port = 0; work_done() };
#endif

#ifdef MARKS
take:
  atomic {
#ifndef FRESH_EXCHANGE_AS_STORE
    EMPTY(CONTROL) ->
#endif
    lowest(w, words);
    words = words & ~BIT(w);
    base = w * IDS_PER_WORD;
    w = 0;
    marks = RD(CONTROL, FRESH(base));
#ifdef FRESH_EXCHANGE_AS_STORE
    PUT(CONTROL, FRESH(base), 0);
#else
    mem[FRESH(base)] = 0;
#endif
#ifdef FRESH_TAKEN_BEFORE_SUMMARY
  };
  atomic {
    EMPTY(CONTROL) ->
    mem[SUMMARY] = mem[SUMMARY] & ~BIT(base / IDS_PER_WORD);
#endif
    next_mark()
  };
visit:
  if
  // The engine arms a timer for every port of the entry that has none.
  :: atomic {
       lowest(id, marks);
       marks = marks & ~BIT(id);
       id = id + base;
       published_word();
#ifndef ANY_TIME
       armed = armed | PORTS(w) << (2 * id);
#endif
#ifdef SOURCES
       visit_source();
#endif
       next_mark()
     }
#ifdef DRAIN_LIMIT
  // Put back the marks beyond the limit of this call.
  :: atomic {
#ifdef LIMIT_FRESH_FETCH_OR_AS_STORE
       w = RD(CONTROL, FRESH(base)) | marks;
       PUT(CONTROL, FRESH(base), w);
#else
       EMPTY(CONTROL) ->
       mem[FRESH(base)] = mem[FRESH(base)] | marks;
#endif
       goto limit_reached
     }
#endif
  fi;
#ifdef DRAIN_LIMIT
limit_reached:
  atomic {
#ifdef LIMIT_SUMMARY_FETCH_OR_AS_STORE
    w = RD(CONTROL, SUMMARY) | words | BIT(base / IDS_PER_WORD);
    PUT(CONTROL, SUMMARY, w);
#else
    EMPTY(CONTROL) ->
    mem[SUMMARY] = mem[SUMMARY] | words | BIT(base / IDS_PER_WORD);
#endif
    words = 0; marks = 0; base = 0;
#ifdef SOURCES
    counts = 0;
#endif
    work_done()
  };
#endif
#endif

// remove(), after its first look at the stamp: the bit, then the stamp again.
clear:
  atomic {
#ifndef CLEAR_FETCH_AND_AS_STORE
    EMPTY(CONTROL) ->
#endif
    w = RD(CONTROL, WORD(s));
    had = HAS_PORT(w, port);
    w = w & ~BIT(port);
#ifdef CLEAR_FETCH_AND_AS_STORE
    PUT(CONTROL, WORD(s), w)
#else
    mem[WORD(s)] = w
#endif
  };
  atomic {
#ifndef STAMP_NOT_READ_AGAIN
    if
    :: NEWER(limit) -> goto put_back
    :: else
    fi;
#endif
    // The decision.
    CHECK(P6_no_orphan, HAS_PARENT(id));
    g = TOPIC_OF(id);
    owed[2 * g + port] = (owed[2 * g + port] <= limit -> 0 : owed[2 * g + port]);
    if
#ifdef SOURCES
    :: STATE(w) == LIVE && PORTS(w) == 0 && (w & KEEPS) != 0 ->
       consider(id);
       work_done()
#endif
    :: STATE(w) == LIVE && PORTS(w) == 0 && (w & KEEPS) == 0 -> goto retire
    :: else -> work_done()
    fi
  };

put_back:
  atomic {
#ifdef PUT_BACK_ALWAYS
    had = 1;
#endif
#if defined(PUT_BACK_FETCH_OR_AS_STORE)
    w = RD(CONTROL, WORD(s)) | had << port;
    PUT(CONTROL, WORD(s), w);
#elif !defined(NOT_PUT_BACK)
    EMPTY(CONTROL) ->
    mem[WORD(s)] = mem[WORD(s)] | had << port;
#endif
#ifndef ANY_TIME
    armed = armed | by_timer << (2 * id + port);
#endif
    CHECK(P2_what_left_ends, !last_pass);
    work_done()
  };

#ifdef SOURCES
// close(): w without ports is retired, else it loses its marks. A port may come meanwhile: then it is tried
// again.
close:
  if
  :: PORTS(w) == 0 -> goto retire
  :: else
  fi;
  atomic {
#ifndef CLOSING_CAS_AS_STORE
    EMPTY(CONTROL) ->
    if
    :: mem[WORD(s)] != w -> to_close = to_close | BIT(id); work_done()
    :: else
    fi;
#endif
    w = w & ~REQUESTED;
#ifdef CLOSING_CAS_AS_STORE
    PUT(CONTROL, WORD(s), w);
#else
    mem[WORD(s)] = w;
#endif
    work_done()
  };
#ifdef TOUCHED_CLEARED_AS_STORE
clear_touched:
  atomic {
    PUT(CONTROL, WORD(s), w & ~TOUCHED);
    closing = id;
    passes = PASSES;
    closing_need = BIT(0) | BIT(1) | mem[ONLINE] << READER;
    work_done()
  };
#endif
#endif

retire:
  atomic {
#ifndef RETIRE_CAS_AS_STORE
    EMPTY(CONTROL) ->
#endif
    if
    :: RD(CONTROL, WORD(s)) != w ->
#ifdef SOURCES
       to_close = ((w & REQUESTED) != 0 -> to_close | BIT(id) : to_close);
#endif
       work_done()
    :: else
    fi;
#ifdef RETIRE_CAS_AS_STORE
    PUT(CONTROL, WORD(s), RETIRED | id << 2);
#else
    mem[WORD(s)] = RETIRED | id << 2;
#endif
#ifndef PLACE_STAYS_OPEN
    PUT(CONTROL, PLACE(id), s | UNLINKED);
#endif
#ifdef GRACE_BEGINS_BEFORE_UNLINK
    begin_grace();
#endif
#ifdef SOURCES
    if
#ifdef NOT_LISTED_NOT_NOTED
    :: IS_CHILD(id) && (listed & BIT(id)) == 0 -> skip
    :: IS_CHILD(id) && (listed & BIT(id)) != 0 ->
#else
    :: IS_CHILD(id) ->
#endif
       listed = listed & ~BIT(id);
       n = PARENT(KEY_OF(id));
       consider(n)
    :: else -> to_close = to_close & ~BIT(id)
    fi;
#endif
    skip
  };

// unlink(). Its loop of compare-and-swaps is one read-modify-write.
#ifdef UNLINK_CAS_AS_STORE
  atomic { h = RD(CONTROL, HEADER) };
  atomic { PUT(CONTROL, HEADER, h & ~BIT(s)); unlinked = unlinked | BIT(id); work_done() };
#endif
  if
  :: atomic {
       s < INLINE && EMPTY(CONTROL) ->
       mem[HEADER] = mem[HEADER] & ~BIT(s);
       same_header = 0;
#ifdef KEY_FREED_AT_UNLINK
       PUT(CONTROL, KEY(s), 0);
#endif
       unlinked = unlinked | BIT(id);
       work_done()
     }
  :: atomic {
       s >= INLINE && EMPTY(CONTROL) && HEAD(mem[HEADER]) == s ->
       h = RD(CONTROL, NEXT(s));
       mem[HEADER] = WITH_HEAD(mem[HEADER], h);
       same_header = 0;
       unlinked = unlinked | BIT(id);
       work_done()
     }
  :: atomic {
       s >= INLINE && HEAD(mem[HEADER]) != s ->
       w = HEAD(mem[HEADER]);
       do
       :: RD(CONTROL, NEXT(w)) != s -> w = RD(CONTROL, NEXT(w))
       :: else -> break
       od;
       h = RD(CONTROL, NEXT(s));
       PUT(CONTROL, NEXT(w), h);
       unlinked = unlinked | BIT(id);
       work_done()
     }
  fi;

// The stamps are cleared in one step: nobody looks at them until the id has been taken again.
recycle:
  atomic {
    lowest(id, waiting);
    waiting = waiting & ~BIT(id);
    s = SLOT_OF(RD(CONTROL, PLACE(id)));
    CHECK(P4_no_reuse_in_grace, !HELD(s));
    mem[STAMP(id, 0)] = 0;
    mem[STAMP(id, 1)] = 0;
    PUT_PRIVATE(CONTROL, PLACE(id), NOWHERE);
    FREE_SLOT(CONTROL, s);
    if
    :: s < INLINE -> goto free_id
    :: else
    fi
  };
  atomic { EMPTY(CONTROL) -> free_nodes = free_nodes << 3 | (s - INLINE + 1) };
free_id:
  atomic {
    EMPTY(CONTROL) ->
    free_ids = free_ids << 3 | (id + 1);
    if
    :: waiting != 0 -> goto recycle
    :: else -> work_done()
    fi
  }
}
