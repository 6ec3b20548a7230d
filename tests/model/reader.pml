// SPDX-License-Identifier: BSD-3-Clause
//
// A telemetry thread: snapshot(), or a lookup, each in a section of its own, any number of times. A
// section is online from its first load to its last one: to be online longer only delays reclaim().

inline online()
{
  // rte_rcu_qsbr_thread_online(): a store and a full fence.
#ifdef ONLINE_WITHOUT_FENCE
  PUT(READER, ONLINE, 1)
#else
  mem[ONLINE] = 1
#endif
}

inline offline()
{
#ifdef ONLINE_WITHOUT_FENCE
  PUT(READER, ONLINE, 0);
#else
  mem[ONLINE] = 0;
#endif
  need = need & ~BIT(READER);
  hold[READER] = 0;
#ifdef SOURCES
  closing_need = closing_need & ~BIT(READER);
  child = 0; parent = NO_ID;
#endif
  id = 0; g = 0; h = 0; s = 0; w = 0;
  goto idle
}

#define OPEN(id) (EMPTY(READER) && (mem[PLACE(id)] & CLOSED) == 0)

// snapshot(), published_word(): the place of the entry, if it is open; read_word goes on.
inline snapshot(entry)
{
  online();
  id = entry;
  s = SLOT_OF(mem[PLACE(id)]);
  hold[READER] = BIT(s);
  goto read_word
}

proctype reader()
{
  byte id, g, h, s, w;
#ifdef SOURCES
  // A lookup of a source: whether it has come to the source's entry, entry of the group.
  bit child;
  byte parent = NO_ID;
#endif

idle:
end:
  if
  :: atomic { false -> goto idle }
#ifdef SNAPSHOTS
  :: atomic { OPEN(0) -> snapshot(0) }
  :: atomic { IDS > 1 && OPEN(1) -> snapshot(1) }
  :: atomic { IDS > 2 && OPEN(2) -> snapshot(2) }
  :: atomic { IDS > 3 && OPEN(3) -> snapshot(3) }
#endif
#ifdef LOOKUPS
  // find()
  :: atomic {
       EMPTY(READER) && mem[HEADER] != 0 ->
       online();
       if
       :: g = 0
       :: GROUPS > 1 -> g = 1
       fi;
       load_header(READER, g);
       look_at_slot(g)
     }
#endif
  fi;

read_word:
  atomic {
    w = RD(READER, WORD(s));
    if
    :: STATE(w) != LIVE || WORD_ID(w) != id || PORTS(w) == 0 -> offline()
    :: else
    fi;
    CHECK(P4_no_reuse_in_grace, (preparing & BIT(s)) == 0);
#ifdef FINE
  };
  atomic {
#endif
    g = RD(READER, GROUP(id));
#ifdef SOURCES
    parent = PARENT(g - 1);
    g = (g > GROUPS -> GROUPS + mem[GROUP(parent)] : g);
#endif
    CHECK(P3_no_stranger_is_seen, g != 0 && g <= TOPICS && (PORTS(w) & ~joined[g - 1]) == 0);
    offline()
  };

#ifdef SOURCES
search:
  atomic {
    load_header(READER, SOUGHT);
    look_at_slot(SOUGHT)
  };
#endif
probe:
  locate(READER, SOUGHT);
found:
#ifdef SOURCES
  atomic {
    if
    :: !child && (w & REQUESTED) != 0 -> parent = WORD_ID(w); child = 1; s = 0; w = 0; goto search
    :: else
    fi
  };
#endif
absent:
  atomic { offline() }
}
