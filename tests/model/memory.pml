// SPDX-License-Identifier: BSD-3-Clause
//
// Shared memory as x86 has it (TSO). Each thread has a first-in first-out store buffer: PUT() appends to
// it, the process memory() moves the oldest store to memory at any time, RD() looks into the own buffer
// first, and a read-modify-write waits until the own buffer is empty and then acts on mem[].

// Addresses; 0 is none. Bucket header, slot key and word, node next, record group and place, membership
// stamp, fresh_ and fresh_summary_; then the ring of leaves of each worker, and whether the reader is
// online in the quiescent-state variable.
#define HEADER 1
#define KEY(s) (2 + (s))
#define WORD(s) (KEY(SLOTS) + (s))
#define NEXT(s) (WORD(SLOTS) + (s) - INLINE)
#define GROUP(id) (NEXT(SLOTS) + (id))
#define PLACE(id) (GROUP(IDS) + (id))
#define STAMP(id, port) (PLACE(IDS) + 2 * (id) + (port))
#define FRESH(id) (STAMP(IDS, 0) + (id) / IDS_PER_WORD)
#define SUMMARY (FRESH(IDS - 1) + 1)
#define RING(port) (SUMMARY + 1 + (port))
#define ONLINE RING(2)
#define ADDRESSES (ONLINE + 1)

byte mem[ADDRESSES];

#define BUFFER 5
byte buf_address[THREADS * BUFFER];
byte buf_value[THREADS * BUFFER];
byte buf_size[THREADS];

#define AT(t, i) ((t) * BUFFER + (i))
#define EMPTY(t) (buf_size[t] == 0)
#define RD(t, a)                                           \
  (buf_address[AT(t, 4)] == (a) -> buf_value[AT(t, 4)] :   \
  (buf_address[AT(t, 3)] == (a) -> buf_value[AT(t, 3)] :   \
  (buf_address[AT(t, 2)] == (a) -> buf_value[AT(t, 2)] :   \
  (buf_address[AT(t, 1)] == (a) -> buf_value[AT(t, 1)] :   \
  (buf_address[AT(t, 0)] == (a) -> buf_value[AT(t, 0)] : mem[a])))))

inline PUT(t, a, v)
{
  // The size limits nothing: no path has more stores between two read-modify-writes.
  assert(buf_size[t] < BUFFER);
  buf_address[AT(t, buf_size[t])] = a;
  buf_value[AT(t, buf_size[t])] = v;
  buf_size[t] = buf_size[t] + 1
}

// A store to what no other thread looks at before this thread's next read-modify-write (`preparing` and
// `hold` check that), or that makes no difference to a thread that looks: it does not matter when it drains.
inline PUT_PRIVATE(t, a, v)
{
#ifdef FINE
  PUT(t, a, v)
#else
  mem[a] = v
#endif
}

#ifdef KEY_FREED_BEFORE_WORD
#define FREE_SLOT(t, s) PUT(t, KEY(s), 0); PUT(t, WORD(s), 0)
#else
#define FREE_SLOT(t, s) PUT_PRIVATE(t, WORD(s), 0); PUT(t, KEY(s), 0)
#endif

// Version of the header: the workers whose last load of it is up to date. A compare-and-swap from that
// load succeeds exactly then, as every change makes a new version.
byte same_header;

// FreeList: pop() and push() are one step each. Digits to base 8, the top is the lowest; 0: empty.
short free_ids, free_nodes;
#define TOP(list) ((list) & 7)
#define ALL_FREE(list, count) ((count) == 0 || (list) >> (3 * ((count) - 1)) != 0)

// GracePeriod, by rte_rcu_qsbr: threads that were not quiescent since begin().
byte need;

inline drain(t)
{
  d_step {
    buf_size[t] > 0 ->
    if
    :: buf_address[AT(t, 0)] == HEADER -> same_header = 0
    :: else
    fi;
    mem[buf_address[AT(t, 0)]] = buf_value[AT(t, 0)];
    buf_address[AT(t, 0)] = buf_address[AT(t, 1)]; buf_value[AT(t, 0)] = buf_value[AT(t, 1)];
    buf_address[AT(t, 1)] = buf_address[AT(t, 2)]; buf_value[AT(t, 1)] = buf_value[AT(t, 2)];
    buf_address[AT(t, 2)] = buf_address[AT(t, 3)]; buf_value[AT(t, 2)] = buf_value[AT(t, 3)];
    buf_address[AT(t, 3)] = buf_address[AT(t, 4)]; buf_value[AT(t, 3)] = buf_value[AT(t, 4)];
    buf_address[AT(t, 4)] = 0; buf_value[AT(t, 4)] = 0;
    buf_size[t] = buf_size[t] - 1
  }
}

proctype memory()
{
end:
  do
  :: drain(0)
  :: drain(1)
  :: drain(CONTROL)
  :: drain(READER)
  od
}
