// SPDX-License-Identifier: BSD-3-Clause
//
// Model of the lock-free group table, lib/table/group_{store,table,join,control}. README.md says what is modelled,
// what is left out and why; run.py with which sizes (scenarios) and with which deliberate mistakes
// (mutations, one -D each) it is checked. A comment next to each inline or label names the function that it
// mirrors.
//
// One step (atomic) is one access to shared memory and the thread's own arithmetic after it. PUT(), a
// store into the own store buffer, is part of the step before it: nobody sees it until it drains.

// --- sizes -----------------------------------------------------------------------------------------

#ifndef GROUPS
#define GROUPS 1        // groups, all in one bucket; 1 or 2
#endif
#ifndef GROUPS_0
#define GROUPS_0 GROUPS // how many of them port 0 asks for, and port 1
#endif
#ifndef GROUPS_1
#define GROUPS_1 GROUPS
#endif
#ifndef ASKS_0
#define ASKS_0 3        // with SOURCES, of which port 0 asks: 1 the group for any source, 2 its source
#endif
#ifndef ASKS_1
#define ASKS_1 3
#endif
#define ASKS(t, what) (((t == 0 -> ASKS_0 : ASKS_1) & (what)) != 0)
#ifndef MESSAGES_0
#define MESSAGES_0 2    // at most so many messages on port 0, and on port 1; 1 to 3
#endif
#ifndef MESSAGES_1
#define MESSAGES_1 2
#endif
#ifndef INLINE
#define INLINE 2        // inline slots of the bucket, 0 to 2
#endif
#ifndef NODES
#define NODES 0         // overflow nodes, 0 to 3
#endif
#ifndef IDS
#define IDS 2           // entry ids, 1 to 4
#endif
#ifndef IDS_PER_WORD
#define IDS_PER_WORD 4  // ids that share a word of the fresh bitmap (64 in the code)
#endif
// SOURCES: each group has a source, with an entry of its own (kind "requested"). CONTROL_JOINS: messages may
// be reports that the control thread joins for, as those of filter mode EXCLUDE.
// LEAVES: messages may be leaves. LINK_LOSS: links may be lost. SNAPSHOTS, LOOKUPS: what the telemetry
// reader does. DIGEST: all groups have the same packed key (as IPv6 groups may), the record decides.
// DRAIN_LIMIT: drain_fresh() may reach its limit. ANY_TIME: instead of fresh marks and timers, any
// membership may end at any time. FINE: the finest steps. IGNORE_P4: look for what comes of reuse in a
// grace period, not for the reuse.

// --- threads ---------------------------------------------------------------------------------------

// 0 and 1 are the workers of ports 0 and 1.
#define CONTROL 2
#define READER 3
#define THREADS 4

// --- encodings -------------------------------------------------------------------------------------

#define BIT(n) (1 << (n))

#ifdef DIGEST
#define PACKED(g) 1
#else
#define PACKED(g) ((g) + 1)
#endif

// Slots: the inline ones, then the nodes.
#define SLOTS (INLINE + NODES)
#define NO_SLOT 7
#define NO_ID 7

// Word: ports in bits 0-1, id in bits 2-3, state in bits 4-5; of a group's entry the flags in bits 6-7.
#define LIVE 16
#define RETIRED 32
#define STATE(w) ((w) & 48)
#define PORTS(w) ((w) & 3)
#define WORD_ID(w) (((w) >> 2) & 3)
#define HAS_PORT(w, port) (((w) & BIT(port)) != 0)
#define REQUESTED 64
#define TOUCHED 128

// Header: published inline slots in bits 0-1, head of the chain in bits 2-3 (0: none, else node + 1).
// Its version is `same_header` (memory.pml).
#define INLINE_SET(h) ((h) & 3)
#define HEAD(h) (((h) & 12) -> INLINE + ((h) >> 2) - 1 : NO_SLOT)
#define WITH_HEAD(h, slot) (INLINE_SET(h) | ((slot) == NO_SLOT -> 0 : ((slot) - INLINE + 1) << 2))

// Place: slot in bits 0-2, then flags. Closed: passed over by those who go by place and not by bucket.
#define PENDING 8
#define UNLINKED 16
#define CLOSED (PENDING | UNLINKED)
#define NOWHERE 31
#define SLOT_OF(place) ((place) & 7)

// Event in a ring: stamp in bits 0-1, topic in bits 2-3, in bit 4 whether it is a join; 0: nothing.
#define LEAVE(topic, stamp) ((topic) << 2 | (stamp))
#define JOIN(topic, stamp) (16 | (topic) << 2 | (stamp))

// Keys: the groups; then, with SOURCES, the source of the group whose entry is `id`. Topics are what a
// port may ask for: the groups, then the source of each.
#ifdef SOURCES
#define CHILD_KEY(id) (GROUPS + (id))
#define PARENT(key) ((key) - GROUPS)
#define TOPICS (2 * GROUPS)
#else
#define TOPICS GROUPS
#endif

// join_source() touches the group's entry, then joins the source's.
#define TOUCH (REQUESTED | TOUCHED)
#ifdef NO_TOUCH
#define SEEN_TOUCHED(w) (((w) & REQUESTED) != 0)
#else
#define SEEN_TOUCHED(w) (((w) & TOUCH) == TOUCH)
#endif
#ifdef TOUCH_CAS_AS_STORE
#define TOUCH_WAITS true
#else
#define TOUCH_WAITS EMPTY(t)
#endif

// Of a join: is it at the group's entry on its way to the source's, or at that; what it is about; the key
// that it looks for now, and its topic; the word of a new entry; the port. Products where a conditional
// expression would do: an inline's argument must not hold one.
#ifdef SOURCES
#define TOUCHES (source && !child)
#define AT_CHILD child
#define TOPIC (source -> GROUPS + g : g)
#define SOUGHT (!child * g + child * CHILD_KEY(parent))
#define TOPIC_SOUGHT (child -> GROUPS + g : g)
#define FIRST_WORD (LIVE | id << 2 | TOUCHES * TOUCH | !TOUCHES << PORT)
#else
#define TOUCHES false
#define AT_CHILD false
#define TOPIC g
#define SOUGHT g
#define TOPIC_SOUGHT g
#define FIRST_WORD (LIVE | id << 2 | BIT(PORT))
#endif
#ifdef CONTROL_JOINS
#define PORT ((t == CONTROL) * agent_port + (t != CONTROL) * t)
#else
#define PORT t
#endif

// Fresh marks. With ANY_TIME they only announce sources.
#if !defined(ANY_TIME) || defined(SOURCES)
#define MARKS
#endif

#include "memory.pml"
#include "properties.pml"
#include "sources.pml"
#include "worker.pml"
#include "control.pml"
#include "reader.pml"

init
{
  byte n;
  atomic {
    n = IDS;
    do
    :: n > 0 -> mem[PLACE(n - 1)] = NOWHERE; free_ids = free_ids << 3 | n; n--
    :: else -> break
    od;
    n = NODES;
    do
    :: n > 0 -> free_nodes = free_nodes << 3 | n; n--
    :: else -> break
    od;
    run memory();
    run worker(0);
    run worker(1);
    run control();
#ifdef CONTROL_JOINS
    run worker(CONTROL);
#endif
    run reader()
  }
}
