// SPDX-License-Identifier: BSD-3-Clause
//
// What the control thread does about sources: lists of them, and the closing of a group's entry that has
// none any more.

#ifdef SOURCES
#ifndef PASSES
#define PASSES 1        // complete passes of drain_fresh() before a group's entry is closed
#endif

#define KEY_OF(id) (mem[GROUP(id)] - 1)
#define IS_CHILD(id) (KEY_OF(id) >= GROUPS)
// Topic of an entry: of a source's its group's, behind the groups.
#define TOPIC_OF(id) (IS_CHILD(id) -> GROUPS + KEY_OF(PARENT(KEY_OF(id))) : KEY_OF(id))
#define HAS_PARENT(id) (!IS_CHILD(id) || KEY_OF(PARENT(KEY_OF(id))) < GROUPS)
// Not by published_word(): another worker may still be about to open the entry's place.
#define WORD_OF(id) mem[WORD(SLOT_OF(mem[PLACE(id)]))]

#ifdef RETIRED_WITH_SOURCES
#define KEEPS 0
#else
#define KEEPS REQUESTED
#endif
#define CLOSING_WAITS_FOR_PASS (closing != NO_ID && closing_need == 0 && passes != 0)
#define CLOSING_IS_DUE (closing != NO_ID && closing_need == 0 && passes == 0)
#ifdef PASS_COUNTS_BEFORE_GRACE
#define PASS_COUNTS (closing != NO_ID && passes != 0)
#else
#define PASS_COUNTS CLOSING_WAITS_FOR_PASS
#endif

// List of the group's entry `parent`, in `set`.
inline list_of_parent()
{
  set = 0;
  n = 0;
  do
  :: n < IDS && (listed & BIT(n)) != 0 && KEY_OF(n) == CHILD_KEY(parent) -> set = set | BIT(n); n++
  :: n < IDS && ((listed & BIT(n)) == 0 || KEY_OF(n) != CHILD_KEY(parent)) -> n++
  :: else -> break
  od;
  n = 0
}

// The group's entry may have to be closed: it lost a source, or its last port.
inline consider(entry)
{
  parent = entry;
  CHECK(P6_no_orphan, mem[PLACE(parent)] != NOWHERE);
  list_of_parent();
  to_close = (set == 0 && (WORD_OF(parent) & REQUESTED) != 0 -> to_close | BIT(parent) : to_close);
  set = 0; parent = 0
}

// drain_fresh() visits entry id with word w.
inline visit_source()
{
  if
  :: w != 0 && IS_CHILD(id) -> listed = listed | BIT(id)
  :: w != 0 && !IS_CHILD(id) -> consider(id)
  :: else
  fi
}

// A pass of drain_fresh() ends.
inline pass_done()
{
  passes = (passes >= counts -> passes - counts : 0);
  counts = 0
}

// begin_closing(): the mark "touched" goes, then a grace period begins. Which groups are to be closed was
// noted at some time before.
inline begin_closing()
{
  lowest(id, to_close);
  to_close = to_close & ~BIT(id);
  parent = id;
  list_of_parent();
  parent = 0;
  // published_word(): passed over while the worker that published it is about to mark it fresh.
  published_word();
  if
  :: set != 0 || IS_CHILD(id) || (w & REQUESTED) == 0 -> set = 0; work_done()
  :: else
  fi;
#ifdef TOUCHED_CLEARED_AS_STORE
  goto clear_touched;
#elif !defined(TOUCHED_NOT_CLEARED)
  mem[WORD(s)] = w & ~TOUCHED;
#endif
  closing = id;
  passes = PASSES;
#ifndef NO_GRACE_BEFORE_CLOSING
  closing_need = BIT(0) | BIT(1) | mem[ONLINE] << READER;
#endif
  last_closing = ALL_RECEIVED && QUIET && mem[RING(0)] == 0 && mem[RING(1)] == 0;
  work_done()
}

// close(): one compare-and-swap, from the word without the mark.
inline finish_closing()
{
  id = closing;
  // Nothing else ends a group with marks.
  CHECK(P6_no_orphan, mem[PLACE(id)] != NOWHERE);
  s = SLOT_OF(mem[PLACE(id)]);
  CHECK(P6_no_orphan, STATE(mem[WORD(s)]) == LIVE && WORD_ID(mem[WORD(s)]) == id);
  w = mem[WORD(s)];
  parent = id;
  list_of_parent();
  parent = 0;
  closing = NO_ID;
  if
  :: set != 0 -> set = 0; work_done()
  :: set == 0 && (w & TOUCHED) != 0 ->
     CHECK(P2_what_left_ends, !last_closing);
     to_close = to_close | BIT(id);
     work_done()
  :: set == 0 && (w & TOUCHED) == 0 -> goto close
  fi
}

// In a quiet state, of published entry id with word w: a source's entry has its group's. g: its topic.
inline audit_parent()
{
  if
  :: g >= GROUPS ->
     g = PARENT(g);
     CHECK(P6_no_orphan, (mem[PLACE(g)] & CLOSED) == 0 && (set & BIT(SLOT_OF(mem[PLACE(g)]))) != 0 &&
                         WORD_ID(mem[WORD(SLOT_OF(mem[PLACE(g)]))]) == g &&
                         STATE(mem[WORD(SLOT_OF(mem[PLACE(g)]))]) == LIVE && KEY_OF(g) < GROUPS &&
                         (mem[WORD(SLOT_OF(mem[PLACE(g)]))] & REQUESTED) != 0);
     CHECK(P2_what_left_ends, PORTS(w) != 0 && ((listed & BIT(id)) != 0 || MARKED(id)));
     g = GROUPS + KEY_OF(g)
  :: else
  fi
}
#else
#define HAS_PARENT(id) true
#define TOPIC_OF(id) (mem[GROUP(id)] - 1)
#define KEEPS 0
#endif
