// SPDX-License-Identifier: BSD-3-Clause
//
// Workers: lookup, join() and join_source(). The lookup is the telemetry reader's as well. As worker(CONTROL)
// it is control_join() and control_join_source(), made for the port and with the stamp of an event, while
// control() waits.

// --- locate(), locate_in() -----------------------------------------------------------

// The key of a slot in hand is constant (P4), so it is compared in the step that gives the slot.
#ifdef FINE
#define CANDIDATE(s, group) true
#else
#define CANDIDATE(s, group) (mem[KEY(s)] == PACKED(group))
#endif
// First published slot to look at from inline slot `i` on; after them the head of the chain.
#define PUBLISHED_FROM(h, i, group)                                      \
  ((i) == 0 && ((h) & 1) != 0 && CANDIDATE(0, group) -> 0 :              \
  ((i) <= 1 && ((h) & 2) != 0 && CANDIDATE(1, group) -> 1 : HEAD(h)))

inline load_header(t, group)
{
  h = RD(t, HEADER);
  same_header = same_header | (t == READER -> 0 : BIT(t));
  s = PUBLISHED_FROM(h, 0, group);
  hold[t] = hold[t] | INLINE_SET(h) | (HEAD(h) == NO_SLOT -> 0 : BIT(HEAD(h)))
}

// To slot s, which a step has just given, or to the end of the search.
inline look_at_slot(group)
{
  if
  :: s == NO_SLOT -> goto absent
  :: else ->
     if
#ifndef FINE
     :: s >= INLINE && !CANDIDATE(s, group) -> goto chain
#endif
     :: else -> goto probe
     fi
  fi
}

inline look_behind(group)
{
  if
  :: s >= INLINE -> goto chain
  :: else -> s = PUBLISHED_FROM(h, s + 1, group); look_at_slot(group)
  fi
}

// Stands behind the label `probe`. Ends at `found` with slot s and its word w, or at `absent`.
inline locate(t, group)
{
#ifdef FINE
  atomic {
    if
    :: RD(t, KEY(s)) != PACKED(group) -> look_behind(group)
    :: else
    fi
  };
#endif
  atomic {
    w = RD(t, WORD(s));
    CHECK(P4_no_reuse_in_grace, (preparing & BIT(s)) == 0);
    if
    :: STATE(w) != LIVE -> look_behind(group)
    :: else
    fi;
#if defined(DIGEST) && !defined(SAME_GROUP_NOT_COMPARED)
    if
    :: RD(t, GROUP(WORD_ID(w))) != group + 1 -> look_behind(group)
    :: else
    fi;
#endif
    CHECK(P3_no_stranger_is_seen, (PORTS(w) & ~joined[TOPIC_SOUGHT]) == 0 &&
                                  mem[GROUP(WORD_ID(w))] == group + 1);
    h = (t == READER -> 0 : h);
    goto found
  };
chain:
  atomic {
    s = RD(t, NEXT(s));
    hold[t] = hold[t] | (s == NO_SLOT -> 0 : BIT(s));
    look_at_slot(group)
  }
}

// --- FreshMarks::mark(): the entry first, then the summary ------------------------------------------------

inline fetch_or(a, bits)
{
  EMPTY(t) ->
  mem[a] = mem[a] | bits
}

inline load_and_store(a, bits)
{
  w = RD(t, a) | bits;
  PUT(t, a, w)
}

inline mark_entry(entry)
{
#ifdef FRESH_FETCH_OR_AS_STORE
  load_and_store(FRESH(entry), BIT((entry) % IDS_PER_WORD))
#else
  fetch_or(FRESH(entry), BIT((entry) % IDS_PER_WORD))
#endif
}

inline mark_summary(entry)
{
#ifdef SUMMARY_FETCH_OR_AS_STORE
  load_and_store(SUMMARY, BIT((entry) / IDS_PER_WORD))
#else
  fetch_or(SUMMARY, BIT((entry) / IDS_PER_WORD))
#endif
}

inline mark_first(entry)
{
#ifdef SUMMARY_MARKED_FIRST
  mark_summary(entry)
#else
  mark_entry(entry)
#endif
}

inline mark_second(entry)
{
#ifdef SUMMARY_MARKED_FIRST
  mark_entry(entry)
#else
  mark_summary(entry)
#endif
}

// --- messages --------------------------------------------------------------------------------------

inline receive()
{
  received[t] = received[t] + 1;
  if
  :: g = 0
  :: (t == 0 -> GROUPS_0 : GROUPS_1) > 1 -> g = 1
  fi;
#ifdef SOURCES
  if
  :: ASKS(t, 1) -> source = 0
  :: ASKS(t, 2) -> source = 1
  fi
#endif
}

inline message_done()
{
  hold[t] = 0;
  same_header = same_header & ~BIT(t);
  busy = busy & ~BIT(t);
#ifdef SOURCES
  source = 0; child = 0; parent = NO_ID;
#endif
#ifdef CONTROL_JOINS
  received[CONTROL] = (t == CONTROL -> 0 : received[CONTROL]);
#endif
  g = 0; h = 0; s = 0; w = 0; id = NO_ID; place = NO_SLOT;
  goto idle
}

// The first message of a report, or the control thread's join.
inline begin_join()
{
  busy = busy | BIT(t);
  load_header(t, g);
  look_at_slot(g)
}

// join_source(): on from the group's entry, if there is one, to the source's.
inline entry_done()
{
#ifdef SOURCES
  if
  :: TOUCHES && parent != NO_ID ->
     child = 1; h = 0; s = 0; w = 0; id = NO_ID; place = NO_SLOT;
     goto search
  :: child && id != NO_ID && place == NO_SLOT -> goto refused
  :: else
  fi;
#endif
  message_done()
}

// The port is a member of the entry found. What was prepared is given back.
inline member_now()
{
  if
  :: id == NO_ID -> entry_done()
  :: else -> goto give_up
  fi
}

proctype worker(byte t)
{
  // Of join(): group; header, slot and word found; entry and slot prepared.
  byte g, h, s, w, id = NO_ID, place = NO_SLOT;
  byte set;
#ifdef SOURCES
  // Of join_source(): whether it is one, whether it has come to the source's entry, entry of the group.
  bit source, child;
  byte parent = NO_ID;
#endif

idle:
end:
  if
  // A report: join(). Its first load of the header is in this step.
  :: atomic {
       t != CONTROL && received[t] < (t == 0 -> MESSAGES_0 : MESSAGES_1) ->
       receive();
       owed[2 * TOPIC + t] = received[t];
       joined[TOPIC] = joined[TOPIC] | BIT(t);
       begin_join()
     }
#ifdef CONTROL_JOINS
  // A report that the control thread joins for. If the ring is full the worker does.
  :: atomic {
       t != CONTROL && received[t] < (t == 0 -> MESSAGES_0 : MESSAGES_1) ->
       receive();
       owed[2 * TOPIC + t] = received[t];
       joined[TOPIC] = joined[TOPIC] | BIT(t);
       if
       :: RD(t, RING(t)) == 0 ->
          PUT(t, RING(t), JOIN(TOPIC, received[t]));
          g = 0;
#ifdef SOURCES
          source = 0;
#endif
          goto idle
       :: else -> begin_join()
       fi
     }
  :: atomic {
       t == CONTROL && received[CONTROL] != 0 && (busy & BIT(CONTROL)) == 0 ->
       g = agent_topic % GROUPS;
#ifdef SOURCES
       source = agent_topic >= GROUPS;
#endif
       begin_join()
     }
#endif
#ifdef LEAVES
  // A leave: an event to the control thread, lost if the ring is full.
  :: atomic {
       t != CONTROL && received[t] < (t == 0 -> MESSAGES_0 : MESSAGES_1) ->
       receive();
       owed[2 * TOPIC + t] = 0;
       if
       :: RD(t, RING(t)) == 0 -> PUT(t, RING(t), LEAVE(TOPIC, received[t]))
       :: else
       fi;
       g = 0;
#ifdef SOURCES
       source = 0;
#endif
       goto idle
     }
#endif
  // Quiescent between two bursts.
  :: atomic {
       t != CONTROL && ((need | closing_need) & BIT(t)) != 0 && EMPTY(t) ->
       need = need & ~BIT(t);
#ifdef SOURCES
       closing_need = closing_need & ~BIT(t);
#endif
       goto idle
     }
  fi;

search:
  atomic {
    load_header(t, SOUGHT);
    look_at_slot(SOUGHT)
  };
probe:
  locate(t, SOUGHT);

found:
#ifdef SOURCES
  // touch(): nothing is written if both flags were seen.
  if
  :: atomic { TOUCHES && SEEN_TOUCHED(w) -> parent = WORD_ID(w); member_now() }
  :: atomic {
       TOUCHES && !SEEN_TOUCHED(w) && TOUCH_WAITS ->
       parent = WORD_ID(w);
#if defined(TOUCH_CAS_AS_STORE)
       PUT(t, WORD(s), w | TOUCH);
#elif defined(TOUCH_CAS_AS_FETCH_OR)
       mem[WORD(s)] = mem[WORD(s)] | TOUCH;
#else
       w = mem[WORD(s)];
       if
       :: STATE(w) != LIVE || WORD_ID(w) != parent -> parent = NO_ID; goto search
       :: else
       fi;
       mem[WORD(s)] = w | TOUCH;
#endif
       member_now()
     }
  :: !TOUCHES
  fi;
#endif
// join_existing(): the stamp, then the word again, then the bit.
  atomic {
    h = WORD_ID(w);
#if defined(CONTROL_JOINS) && defined(RAISE_AS_STORE)
    if
    :: t == CONTROL && RD(t, STAMP(h, PORT)) >= received[t] -> skip
    :: t == CONTROL && RD(t, STAMP(h, PORT)) < received[t] -> PUT(t, STAMP(h, PORT), received[t])
    :: t != CONTROL -> EMPTY(t) -> mem[STAMP(h, PORT)] = received[t]
    fi
#elif defined(CONTROL_JOINS) && !defined(EXCHANGE_BY_CONTROL)
    // The control thread raises: a newer report's stamp stays.
    EMPTY(t) ->
    mem[STAMP(h, PORT)] =
      (t == CONTROL && mem[STAMP(h, PORT)] > received[t] -> mem[STAMP(h, PORT)] : received[t])
#elif defined(STAMP_EXCHANGE_AS_STORE)
    PUT(t, STAMP(h, PORT), received[t])
#else
    EMPTY(t) ->
    mem[STAMP(h, PORT)] = received[t]
#endif
  };
  atomic {
#ifndef WORD_NOT_READ_AGAIN
    w = RD(t, WORD(s));
#endif
    if
    :: STATE(w) != LIVE || WORD_ID(w) != h -> goto search
    :: STATE(w) == LIVE && WORD_ID(w) == h && HAS_PORT(w, PORT) -> member_now()
    :: else
    fi
  };
#ifdef MARKED_BEFORE_BIT
  atomic { mark_first(h) };
  atomic { mark_second(h) };
#endif
  atomic {
#if defined(SET_BIT_CAS_AS_STORE)
    PUT(t, WORD(s), w | BIT(t))
#elif defined(SET_BIT_CAS_AS_FETCH_OR)
    EMPTY(t) ->
    mem[WORD(s)] = mem[WORD(s)] | BIT(PORT)
#else
    // The last round of the loop of compare-and-swaps is one read-modify-write.
    EMPTY(t) ->
    w = mem[WORD(s)];
    if
    :: STATE(w) != LIVE || WORD_ID(w) != h -> goto search
    :: STATE(w) == LIVE && WORD_ID(w) == h && HAS_PORT(w, PORT) -> member_now()
    :: else
    fi;
    mem[WORD(s)] = w | BIT(PORT)
#endif
#if defined(MARKS) && !defined(MARKED_BEFORE_BIT) && !defined(NO_MARK_ON_JOIN)
  };
  atomic { mark_first(h) };
  atomic {
    mark_second(h)
#endif
    ;
    member_now()
  };

// join(): another worker was faster.
give_up:
  atomic {
    FREE_SLOT(t, place);
    preparing = preparing & ~BIT(place);
    if
    :: place < INLINE -> goto give_back
    :: else
    fi
  };
  atomic { EMPTY(t) -> free_nodes = free_nodes << 3 | (place - INLINE + 1) };

give_back:
  atomic {
    PUT_PRIVATE(t, STAMP(id, PORT), 0);
    PUT_PRIVATE(t, PLACE(id), NOWHERE);
    EMPTY(t) ->
    free_ids = free_ids << 3 | (id + 1);
    entry_done()
  };

// join(): no entry of the group. A refused report is not owed anything.
absent:
  if
  :: atomic { id != NO_ID -> goto prepared }
#ifdef SOURCES
  :: atomic { child && id == NO_ID && free_ids == 0 -> goto refused }
#endif
  :: atomic { !AT_CHILD && id == NO_ID && free_ids == 0 -> owed[2 * TOPIC + PORT] = 0; message_done() }
  :: atomic {
       id == NO_ID && free_ids != 0 && EMPTY(t) ->
       id = TOP(free_ids) - 1;
       free_ids = free_ids >> 3;
       PUT_PRIVATE(t, GROUP(id), SOUGHT + 1);
       PUT_PRIVATE(t, STAMP(id, PORT), !TOUCHES * received[t]);
       s = 0
     }
  fi;
claim:
  atomic {
    if
    :: s < INLINE && (h & BIT(s)) != 0 -> s++; goto claim
    :: s < INLINE && (h & BIT(s)) == 0 ->
#ifdef CLAIM_CAS_AS_STORE
       if
       :: RD(t, KEY(s)) == 0 -> PUT(t, KEY(s), PACKED(SOUGHT)); place = s
#else
       EMPTY(t) ->
       if
       :: mem[KEY(s)] == 0 -> mem[KEY(s)] = PACKED(SOUGHT); place = s
#endif
       :: else -> s++; goto claim
       fi
    :: s == INLINE && free_nodes == 0 -> owed[2 * TOPIC + PORT] = 0; goto give_back
    :: s == INLINE && free_nodes != 0 ->
       EMPTY(t) ->
       place = INLINE + TOP(free_nodes) - 1;
       free_nodes = free_nodes >> 3;
       PUT_PRIVATE(t, KEY(place), PACKED(SOUGHT))
    fi;
    CHECK(P4_no_reuse_in_grace, !HELD(place));
    preparing = preparing | BIT(place);
#ifndef PUBLISHED_BEFORE_WORD
    PUT_PRIVATE(t, WORD(place), FIRST_WORD);
#endif
    goto prepared
  };
prepared:
  atomic {
    if
    :: place >= INLINE -> s = HEAD(h); PUT_PRIVATE(t, NEXT(place), s)
    :: else
    fi;
    s = 0;
#ifdef PLACE_OPENS_BEFORE_PUBLICATION
    PUT(t, PLACE(id), place);
#else
    PUT_PRIVATE(t, PLACE(id), place | PENDING);
#endif
#ifndef PUBLISH_CAS_AS_STORE
    EMPTY(t) ->
#endif
#ifdef PUBLISH_WITHOUT_COMPARING
    h = mem[HEADER];
#else
    if
    :: (same_header & BIT(t)) == 0 -> goto search
    :: else
    fi;
#endif
    h = (place < INLINE -> h | BIT(place) : WITH_HEAD(h, place));
    preparing = preparing & ~BIT(place);
#ifdef PUBLISH_CAS_AS_STORE
    PUT(t, HEADER, h)
#else
    mem[HEADER] = h;
    same_header = 0;
    check_one_entry()
#endif
  };
#ifdef PUBLISHED_BEFORE_WORD
  atomic { PUT(t, WORD(place), FIRST_WORD) };
#endif
#ifdef MARKED_BEFORE_PLACE_OPENS
  atomic { mark_first(id) };
  atomic { mark_second(id) };
#endif
  atomic {
#ifdef PLACE_FETCH_AND_AS_STORE
    PUT(t, PLACE(id), place)
#else
    EMPTY(t) ->
    mem[PLACE(id)] = mem[PLACE(id)] & ~PENDING
#endif
#if defined(MARKS) && !defined(MARKED_BEFORE_PLACE_OPENS) && !defined(NO_MARK_ON_PUBLICATION)
  };
  atomic { mark_first(id) };
  atomic {
    mark_second(id)
#endif
    ;
#ifdef SOURCES
    parent = (TOUCHES -> id : parent);
#endif
    entry_done()
  };

#ifdef SOURCES
// join_source(): no room for the source's entry. The group's may be without ports and sources now.
refused:
#ifndef NO_MARK_ON_REFUSAL
  atomic { mark_first(parent) };
  atomic { mark_second(parent) };
#endif
  atomic { owed[2 * TOPIC + PORT] = 0; message_done() }
#endif
}
