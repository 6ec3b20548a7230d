// SPDX-License-Identifier: BSD-3-Clause
//
// What is checked. The variables here are no part of the table; no decision of a thread depends on them,
// except that timers (`armed`) and retired entries (`unlinked`, `waiting`) are the control thread's.

// Messages received on a port. The number of a message is its stamp.
byte received[CONTROL + 1];
// P1: stamp of the last message of a port about a group if that is a report which the table took and
// the control thread has not decided on, else 0.
byte owed[TOPICS * 2];
// P3: ports that ever reported a topic.
byte joined[TOPICS];
// P4: slots that a worker has taken and not published; slots that a thread has in hand in its section.
byte preparing;
byte hold[THREADS];
#define HELD(s) (((hold[0] | hold[1] | hold[READER]) & BIT(s)) != 0)
// Workers inside join().
byte busy;
// The engine's timers: bit 2 * id + port.
#ifdef ANY_TIME
#define armed (BIT(2 * IDS) - 1)
#else
byte armed;
#endif
// Control thread: unlinked_ and waiting_, sets of ids.
byte unlinked, waiting;
#ifdef SOURCES
// Control thread: entries on their group's list of sources; groups' entries to be closed; the one that is
// being closed, the grace period and the passes of drain_fresh() that it waits for.
byte listed, to_close, closing = NO_ID, closing_need, passes;
#else
#define closing NO_ID
#define to_close 0
#define closing_need 0
#endif
#ifdef CONTROL_JOINS
// Control thread: the join that it is making (worker(CONTROL)) if received[CONTROL] is not 0.
byte agent_topic, agent_port;
#endif

// Never set: they stand in the assertions, so that a counterexample names the property it breaks.
bit P1_no_report_is_lost, P2_what_left_ends, P3_no_stranger_is_seen, P5_one_entry, P6_no_orphan;
#ifdef IGNORE_P4
bit P4_no_reuse_in_grace = 1;
#else
bit P4_no_reuse_in_grace;
#endif
#define CHECK(property, condition) assert(property || (condition))

inline published_set(set, slot)
{
  set = INLINE_SET(mem[HEADER]);
  slot = HEAD(mem[HEADER]);
  do
  :: slot != NO_SLOT -> set = set | BIT(slot); slot = mem[NEXT(slot)]
  :: else -> break
  od
}

// P5, at the publication of slot `place` for the key sought; and P6, that a source's group has its entry.
inline check_one_entry()
{
  published_set(set, s);
  s = 0;
  do
  :: s < SLOTS ->
     CHECK(P5_one_entry, (set & BIT(s)) == 0 || s == place || STATE(mem[WORD(s)]) != LIVE ||
                         mem[GROUP(WORD_ID(mem[WORD(s)]))] != SOUGHT + 1);
     s++
  :: else -> break
  od;
#ifdef SOURCES
  s = SLOT_OF(mem[PLACE(parent)]);
  CHECK(P6_no_orphan, !child || ((set & BIT(s)) != 0 && STATE(mem[WORD(s)]) == LIVE &&
                                 WORD_ID(mem[WORD(s)]) == parent && mem[GROUP(parent)] == g + 1));
#endif
  s = 0; set = 0
}

#define QUIET (busy == 0 && EMPTY(0) && EMPTY(1) && EMPTY(CONTROL) && EMPTY(READER))
#define ALL_RECEIVED (received[0] == MESSAGES_0 && received[1] == MESSAGES_1)
#define MARKED(id) \
  ((mem[FRESH(id)] & BIT((id) % IDS_PER_WORD)) != 0 && (mem[SUMMARY] & BIT((id) / IDS_PER_WORD)) != 0)
#ifdef ANY_TIME
#define NO_TIMER (members == 0 && mem[SUMMARY] == 0)
#else
#define NO_TIMER (armed == 0 && mem[SUMMARY] == 0)
#endif
#define NOTHING_TO_DO                                                                       \
  (NO_TIMER && unlinked == 0 && waiting == 0 && mem[RING(0)] == 0 && mem[RING(1)] == 0 && \
   closing == NO_ID && to_close == 0)

// In a quiet state: all workers between two messages, all stores in memory, the control thread between
// two pieces of work. When it has nothing to do any more, the timers of all silent ports have fired.
inline audit()
{
  published_set(set, s);
  s = 0; members = 0; groups = 0;
  do
  :: s < SLOTS ->
     if
     :: (set & BIT(s)) != 0 ->
        w = mem[WORD(s)];
        id = WORD_ID(w);
        g = mem[GROUP(id)] - 1;
        CHECK(P5_one_entry, STATE(w) == LIVE && (groups & BIT(g)) == 0);
        groups = groups | BIT(g);
#ifdef SOURCES
        audit_parent();
#endif
        CHECK(P3_no_stranger_is_seen, (PORTS(w) & ~joined[g]) == 0);
        CHECK(P2_what_left_ends, PORTS(w) != 0 || (w & REQUESTED) != 0);
        CHECK(P2_what_left_ends, (PORTS(w) & ~(armed >> (2 * id))) == 0 || MARKED(id));
        members = members | PORTS(w) << (2 * g)
     :: else
     fi;
     s++
  :: else -> break
  od;
  s = 0;
  do
  :: s < 2 * TOPICS ->
     CHECK(P1_no_report_is_lost, owed[s] == 0 || (members & BIT(s)) != 0 || mem[RING(s % 2)] != 0);
     s++
  :: else -> break
  od;
  CHECK(P2_what_left_ends, !NOTHING_TO_DO || (set == 0 && preparing == 0 && ALL_FREE(free_ids, IDS) &&
                                              ALL_FREE(free_nodes, NODES)));
  s = 0; members = 0; groups = 0; set = 0; w = 0; id = 0; g = 0
}
