// SPDX-License-Identifier: BSD-3-Clause
//
// Model of the lock-free group table, lib/table/group_table.{hpp,cpp}. README.md says what is modelled,
// what is left out and why; run.py with which sizes (scenarios) and with which deliberate mistakes
// (mutations, one -D each) it is checked. A comment beside each inline or label names the function that
// it mirrors.
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

// Word: ports in bits 0-1, id in bits 2-3, state in bits 4-5.
#define LIVE 16
#define RETIRED 32
#define STATE(w) ((w) & 48)
#define PORTS(w) ((w) & 3)
#define WORD_ID(w) (((w) >> 2) & 3)
#define HAS_PORT(w, port) (((w) & BIT(port)) != 0)

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

// Event in a ring: group in bit 2, stamp in bits 0-1; 0: nothing.
#define LEAVE(g, stamp) ((g) << 2 | (stamp))

#include "memory.pml"
#include "properties.pml"
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
    run reader()
  }
}
