// SPDX-License-Identifier: BSD-3-Clause
//
// Workers: lookup and join(). The lookup is the telemetry reader's as well.

// --- locate(), locate_in(), same_group() -----------------------------------------------------------

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
    CHECK(P3_no_stranger_is_seen, (PORTS(w) & ~joined[group]) == 0 && mem[GROUP(WORD_ID(w))] == group + 1);
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

// --- mark_fresh(): the entry first, then the summary ------------------------------------------------

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
  fi
}

inline message_done()
{
  hold[t] = 0;
  same_header = same_header & ~BIT(t);
  busy = busy & ~BIT(t);
  g = 0; h = 0; s = 0; w = 0; id = NO_ID; place = NO_SLOT;
  goto idle
}

// The port is a member of the entry found. What was prepared is given back.
inline member_now()
{
  if
  :: id == NO_ID -> message_done()
  :: else -> goto give_up
  fi
}

proctype worker(byte t)
{
  // Of join(): group; header, slot and word found; entry and slot prepared.
  byte g, h, s, w, id = NO_ID, place = NO_SLOT;
  byte set;

idle:
end:
  if
  // A report: join(). Its first load of the header is in this step.
  :: atomic {
       received[t] < (t == 0 -> MESSAGES_0 : MESSAGES_1) ->
       receive();
       owed[2 * g + t] = received[t];
       joined[g] = joined[g] | BIT(t);
       busy = busy | BIT(t);
       load_header(t, g);
       look_at_slot(g)
     }
#ifdef LEAVES
  // A leave: an event to the control thread, lost if the ring is full.
  :: atomic {
       received[t] < (t == 0 -> MESSAGES_0 : MESSAGES_1) ->
       receive();
       owed[2 * g + t] = 0;
       if
       :: RD(t, RING(t)) == 0 -> PUT(t, RING(t), LEAVE(g, received[t]))
       :: else
       fi;
       g = 0;
       goto idle
     }
#endif
  // Quiescent between two bursts.
  :: atomic { (need & BIT(t)) != 0 && EMPTY(t) -> need = need & ~BIT(t); goto idle }
  fi;

search:
  atomic {
    load_header(t, g);
    look_at_slot(g)
  };
probe:
  locate(t, g);

// join_existing(): the stamp, then the word again, then the bit.
found:
  atomic {
    h = WORD_ID(w);
#ifdef STAMP_EXCHANGE_AS_STORE
    PUT(t, STAMP(h, t), received[t])
#else
    EMPTY(t) ->
    mem[STAMP(h, t)] = received[t]
#endif
  };
  atomic {
#ifndef WORD_NOT_READ_AGAIN
    w = RD(t, WORD(s));
#endif
    if
    :: STATE(w) != LIVE || WORD_ID(w) != h -> goto search
    :: STATE(w) == LIVE && WORD_ID(w) == h && HAS_PORT(w, t) -> member_now()
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
    mem[WORD(s)] = mem[WORD(s)] | BIT(t)
#else
    // The last round of the loop of compare-and-swaps is one read-modify-write.
    EMPTY(t) ->
    w = mem[WORD(s)];
    if
    :: STATE(w) != LIVE || WORD_ID(w) != h -> goto search
    :: STATE(w) == LIVE && WORD_ID(w) == h && HAS_PORT(w, t) -> member_now()
    :: else
    fi;
    mem[WORD(s)] = w | BIT(t)
#endif
#if !defined(ANY_TIME) && !defined(MARKED_BEFORE_BIT) && !defined(NO_MARK_ON_JOIN)
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
    PUT_PRIVATE(t, STAMP(id, t), 0);
    PUT_PRIVATE(t, PLACE(id), NOWHERE);
    EMPTY(t) ->
    free_ids = free_ids << 3 | (id + 1);
    message_done()
  };

// join(): no entry of the group. A refused report is not owed anything.
absent:
  if
  :: atomic { id != NO_ID -> goto prepared }
  :: atomic { id == NO_ID && free_ids == 0 -> owed[2 * g + t] = 0; message_done() }
  :: atomic {
       id == NO_ID && free_ids != 0 && EMPTY(t) ->
       id = TOP(free_ids) - 1;
       free_ids = free_ids >> 3;
       PUT_PRIVATE(t, GROUP(id), g + 1);
       PUT_PRIVATE(t, STAMP(id, t), received[t]);
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
       :: RD(t, KEY(s)) == 0 -> PUT(t, KEY(s), PACKED(g)); place = s
#else
       EMPTY(t) ->
       if
       :: mem[KEY(s)] == 0 -> mem[KEY(s)] = PACKED(g); place = s
#endif
       :: else -> s++; goto claim
       fi
    :: s == INLINE && free_nodes == 0 -> owed[2 * g + t] = 0; goto give_back
    :: s == INLINE && free_nodes != 0 ->
       EMPTY(t) ->
       place = INLINE + TOP(free_nodes) - 1;
       free_nodes = free_nodes >> 3;
       PUT_PRIVATE(t, KEY(place), PACKED(g))
    fi;
    CHECK(P4_no_reuse_in_grace, !HELD(place));
    preparing = preparing | BIT(place);
#ifndef PUBLISHED_BEFORE_WORD
    PUT_PRIVATE(t, WORD(place), LIVE | id << 2 | BIT(t));
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
  atomic { PUT(t, WORD(place), LIVE | id << 2 | BIT(t)) };
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
#if !defined(ANY_TIME) && !defined(MARKED_BEFORE_PLACE_OPENS) && !defined(NO_MARK_ON_PUBLICATION)
  };
  atomic { mark_first(id) };
  atomic {
    mark_second(id)
#endif
    ;
    message_done()
  }
}
