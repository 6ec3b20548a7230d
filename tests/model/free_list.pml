// SPDX-License-Identifier: BSD-3-Clause
//
// Model of FreeList, lib/table/free_list.hpp, which group_table.pml takes as single steps. Two workers pop
// an index and push it again, or leave it to the control thread, which uses its link for a while and
// then pushes it.
//
// No store buffers are needed: the only plain stores, to the link of an index that the thread owns, are
// followed by the thread's compare-and-swap, and everything in between is the thread's own, so a store
// that drains late is the same as a thread that runs late.

#ifndef INDICES
#define INDICES 3
#endif
#ifndef ROUNDS
#define ROUNDS 2        // pops of each worker
#endif
#define NONE 7

byte link[INDICES];
// head_: index in bits 0-2, tag above.
byte head;
#define INDEX_OF(head) ((head) & 7)
#ifdef NO_TAG
#define RETAG(head, index) (index)
#else
#define RETAG(head, index) (((head) & 248) + 8 | (index))
#endif

// What is checked: an index that is taken has one owner, and none is lost.
byte owned;             // set of indices
byte left_to_control;   // set of indices
byte working = 2;

inline taken()
{
  mine = INDEX_OF(old);
  assert((owned & (1 << mine)) == 0);
  owned = owned | (1 << mine)
}

// `mine` stays NONE if nothing is free.
inline pop()
{
  atomic { old = head };
  do
  :: atomic { INDEX_OF(old) == NONE -> break }
  :: atomic { INDEX_OF(old) != NONE -> next = link[INDEX_OF(old)] };
     atomic {
       if
       :: head == old ->
#ifdef POP_CAS_AS_STORE
          skip
#else
          head = RETAG(old, next); taken(); break
#endif
       :: else -> old = head
       fi
     };
#ifdef POP_CAS_AS_STORE
     atomic { head = RETAG(old, next); taken(); break }
#endif
  od;
  atomic { old = 0; next = 0 }
}

inline push()
{
  atomic { old = head };
  do
  :: atomic { link[mine] = INDEX_OF(old) };
     atomic {
       if
       :: head == old ->
#ifdef PUSH_CAS_AS_STORE
          skip
#else
          head = RETAG(old, mine); owned = owned & ~(1 << mine); break
#endif
       :: else -> old = head
       fi
     };
#ifdef PUSH_CAS_AS_STORE
     atomic { head = RETAG(old, mine); owned = owned & ~(1 << mine); break }
#endif
  od;
  atomic { mine = NONE; old = 0 }
}

proctype worker()
{
  byte rounds, old, next, mine = NONE;

  do
  :: rounds < ROUNDS ->
     rounds++;
     pop();
     if
     :: mine == NONE
     :: mine != NONE -> push()
     :: atomic { mine != NONE -> left_to_control = left_to_control | (1 << mine); mine = NONE }
     fi
  :: else -> break
  od;
  working--
}

// set_link(): whatever the chain says.
inline use_and_push()
{
  if
  :: link[mine] = 0
  :: link[mine] = 1
  :: link[mine] = NONE
  fi;
  push()
}

inline check_all_free()
{
  seen = 0;
  old = INDEX_OF(head);
  do
  :: old != NONE -> assert((seen & (1 << old)) == 0); seen = seen | (1 << old); old = link[old]
  :: else -> break
  od;
  assert(seen == (1 << INDICES) - 1)
}

proctype control()
{
  byte old, mine = NONE, seen;

  do
  :: atomic { left_to_control & 1 -> mine = 0; left_to_control = left_to_control & ~1 }; use_and_push()
  :: atomic { left_to_control & 2 -> mine = 1; left_to_control = left_to_control & ~2 }; use_and_push()
  :: atomic { left_to_control & 4 -> mine = 2; left_to_control = left_to_control & ~4 }; use_and_push()
  :: atomic { working == 0 && left_to_control == 0 -> check_all_free(); break }
  od
}

init
{
  byte n;
  atomic {
    do
    :: n + 1 < INDICES -> link[n] = n + 1; n++
    :: else -> break
    od;
    link[n] = NONE;
    run worker();
    run worker();
    run control()
  }
}
