// SPDX-License-Identifier: BSD-3-Clause
//
// Forwarder: where does each frame of a burst go? The rules of the switch in their order, and what a
// worker does about membership messages: reports become memberships here and now, leaves and queries
// become messages to the control thread.
//
// One per worker. Knows no packet buffers: it is handed views of frames and answers with port sets, so
// that tests, fuzzers and the worker (lib/dataplane/worker.hpp) run the same code.
//
// Threads: the owning worker calls process(). What it shares with others (tables, counters, ring) says itself
// how.
//
// All of a burst is decided by one ForwardingBlock, which its Arrival names: the caller loads it once, and
// uses the same one for what it does with the frames afterwards.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/counters.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/spsc_ring.hpp"
#include "base/time.hpp"
#include "forwarding/classify.hpp"
#include "forwarding/quick.hpp"
#include "proto/igmp.hpp"
#include "table/tables.hpp"
#include "table/worker_messages.hpp"

namespace mcswitch::forwarding {

// A burst comes in.
struct Arrival {
  PortId ingress;
  TimePoint now;
  const table::ForwardingBlock& settings;  // by which it is decided
};

// What is known of a frame besides its ports: how it is tagged where it leaves.
struct FrameNote {
  // Priority as received, VID of the VLAN that the frame is in.
  std::uint16_t tci = 0;
  TagForm tag = TagForm::none;
  // IGMP of a port that another worker handles: nothing was decided or counted, that worker has to be given
  // the frame.
  bool for_owner = false;
};

// Whether some frame of a burst came with a tag.
inline bool have_tags(std::span<const FrameNote> notes) {
  unsigned tags = 0;
  for (const FrameNote& note : notes) {
    tags |= static_cast<unsigned>(note.tag);
  }
  return tags != 0;
}

// Gives a frame whose first bytes only are contiguous as a whole (`frame.length` bytes, at most
// kMaxLinear), or nullptr. Asked for IGMP in buffers of several segments only.
struct Linearizer {
  const std::uint8_t* (*whole)(void* context, std::size_t index) = nullptr;
  void* context = nullptr;
};

class Forwarder {
 public:
  static constexpr std::size_t kMaxBurst = table::GroupTable::kMaxBurst;
  static_assert(kMaxBurst % QuickBurst::kStep == 0);

  struct Parts {
    table::WorkerTables tables;
    SpscRing<table::WorkerMessage>& messages;
    std::span<PortCounters> counters;  // this worker's, one per port
    // Ports whose IGMP and MLD this worker handles. What comes on another queue of a port nevertheless is for
    // the worker that does: see FrameNote::for_owner.
    PortSet control_ports{0xffffffff};
  };

  explicit Forwarder(const Parts& parts);

  // Decides on `frames` (at most kMaxBurst), all received on `ingress` at `now`, by the block in force;
  // egress[i] becomes the set of ports that frames[i] leaves by, never with `ingress` in it, empty if it goes
  // nowhere, and notes[i] what else there is to know (of frames that leave). Counts every frame once by its
  // fate. Memberships that the burst asks for are in the table on return.
  void process(PortId ingress, std::span<const Frame> frames, TimePoint now, std::span<PortSet> egress,
               std::span<FrameNote> notes, const Linearizer& linearizer = {});

  // The fast path: the answer of process() for a burst of fast data (quick.hpp), in a fraction of the time.
  struct Plain {
    bool done = false;  // false: it is another burst, and nothing has happened. process_each() takes it
    VlanId vlan = 0;    // of all of them
    TagForm tag = TagForm::none;  // likewise: none or tagged
  };
  // At most kMaxBurst frames of `bytes` in all; `egress` as for process(), with room for whole steps.
  Plain process_plain(const Arrival& arrival, const QuickBurst& frames, std::uint64_t bytes,
                      std::span<PortSet> egress);
  // process() for a burst that is not fast data as a whole.
  void process_each(const Arrival& arrival, std::span<const Frame> frames, std::span<PortSet> egress,
                    std::span<FrameNote> notes, const Linearizer& linearizer = {});

 private:
  struct Burst;  // what is known of the burst being processed
  bool try_plain(const Arrival& arrival, std::span<const Frame> frames, std::span<PortSet> egress,
                 std::span<FrameNote> notes);
  // The VLAN of a frame.
  struct Vlan {
    VlanId id;
    const table::VlanForwarding& words;
  };

  // Masks of frames of a burst, each of frames that look like fast data of one VLAN.
  struct LikelyPlain {
    static constexpr std::size_t kMost = 4;
    std::array<std::uint64_t, kMost> masks{};
    std::size_t count = 0;
  };
  static LikelyPlain likely_plain(std::span<const Frame> frames);
  bool process_plain_among(const Arrival& arrival, std::span<const Frame> frames, std::uint64_t mask,
                           std::span<PortSet> egress, std::span<FrameNote> notes);
  bool flood_plain(const Arrival& arrival, Vlan vlan, const QuickBurst& frames, std::uint64_t bytes,
                   std::span<PortSet> egress);
  void fetch_memberships(const Arrival& arrival, std::span<const Frame> frames);
  bool learn_sources(Burst& burst, Vlan vlan, const QuickBurst& frames, bool one_source);
  void look_up(std::size_t count);
  table::EntryKind send_registered(const Burst& burst, Vlan vlan, std::size_t count,
                                   std::span<PortSet> egress, std::uint32_t& hits) const;
  void filter_sources(std::size_t count);
  void count_lookups(Burst& burst, std::uint64_t hits);
  bool decide_report(Burst& burst, const Frame& frame, PortSet& egress, FrameNote& note);
  void decide(Burst& burst, std::size_t index, const Frame& frame, PortSet& egress, FrameNote& note);
  static VlanId admit(Burst& burst, const Classified& c);
  static std::span<const std::uint8_t> payload_of(const Burst& burst, std::size_t index, const Frame& frame,
                                                  const Classified& c);
  static proto::ParseError read_igmp(std::span<const std::uint8_t> payload, proto::IgmpMessage& message);
  void take_looped(Burst& burst, std::size_t index, const Frame& frame, const Classified& c, Vlan vlan);
  PortSet handle_igmp(Burst& burst, std::size_t index, const Frame& frame, const Classified& c, Vlan vlan);
  // Who sent an IGMP message, and in which version.
  struct Reporter {
    std::uint8_t version = 0;
    MacAddress mac;
    Ipv4Address address;
  };
  static bool is_ignored(Burst& burst, const Reporter& reporter, Vlan vlan);
  PortSet handle_leave(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan);
  PortSet handle_report(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan);
  PortSet handle_v3_report(Burst& burst, const Reporter& reporter, const proto::IgmpMessage& message,
                           Vlan vlan);
  static std::size_t count_hosts(Burst& burst, AddressList sources);
  void handle_record(Burst& burst, const Reporter& reporter, const proto::GroupRecord& record, Vlan vlan);
  PortSet handle_query(Burst& burst, const Reporter& querier, const proto::IgmpMessage& message,
                       const Classified& c, Vlan vlan);
  [[nodiscard]] PortSet report_ports(std::uint8_t version, Vlan vlan) const;
  void heard_report(PortId ingress);
  void notify_of_query(Burst& burst, const Reporter& querier, const proto::IgmpMessage& message, Vlan vlan);
  // A multicast router, or one that looks for them, was heard by something else than a query.
  struct Heard {
    table::RouterMessage::Protocol protocol = table::RouterMessage::Protocol::pim;
    Duration lifetime{};
    bool is_router = true;
  };
  PortSet handle_pim(Burst& burst, const Classified& c, std::span<const std::uint8_t> payload, Vlan vlan);
  PortSet handle_other_igmp(Burst& burst, const Classified& c, std::span<const std::uint8_t> payload,
                            Vlan vlan);
  PortSet hear_router(Burst& burst, const Classified& c, Vlan vlan, const Heard& heard);
  PortSet flood_control(Burst& burst, const Classified& c, Vlan vlan);
  static bool is_blocked_hello(const Burst& burst, const Classified& c);
  PortSet block_control(Burst& burst, const Classified& c, Vlan vlan);
  PortSet unsnooped(Burst& burst, const Classified& c, Vlan vlan);
  PortSet unicast(Burst& burst, MacAddress destination, Vlan vlan);
  PortSet malformed(Burst& burst, proto::ParseError error);
  // An entry of the table that is reported: a group, or a source of it.
  struct Reported {
    VlanId vlan = 0;
    Ipv4Address group;
    std::optional<Ipv4Address> source;
    Stamp stamp = 0;
    table::GroupTable::Found found;  // of a source: what its group was found to be
  };
  table::GroupTable::Joined join(Burst& burst, const Reporter& reporter, const Reported& reported, Vlan vlan);
  void track(Burst& burst, const Reporter& reporter, const Reported& reported, table::EntryId id);
  void leave(Burst& burst, const Reporter& reporter, Ipv4Address group, Vlan vlan);
  static bool may_be_member(const Burst& burst, const table::GroupTable::Found& group);
  static void count_refused_join(Burst& burst, PortEvent what, std::uint32_t reason);
  void learn(Burst& burst, Vlan vlan, MacAddress source);

  table::GroupTable& groups_;
  table::MacTable& macs_;
  const table::ForwardingBlocks& blocks_;
  table::PortTable& ports_;
  table::AtomicPortSet& reporting_;
  table::WorkerMessages messages_;
  const std::span<PortCounters> counters_;
  const PortSet control_ports_;

  // Room for the lookups of a burst; kept here so that nothing clears it for every burst.
  struct Lookups {
    std::array<std::uint16_t, kMaxBurst> frame_of;
    std::array<table::VlanGroup, kMaxBurst> groups;
    std::array<Ipv4Address, kMaxBurst> sources;
    std::array<table::GroupTable::Probe, kMaxBurst> probes;
    std::array<table::GroupTable::SourceProbe, kMaxBurst> source_probes;
    std::array<table::GroupTable::Found, kMaxBurst> found;
  };
  Lookups lookups_{};
  // Which sources the groups of the last burst of fast data had; group: none.
  table::EntryKind expected_sources_ = table::EntryKind::group;

  // Fast data among other frames, likewise.
  struct Among {
    std::array<Frame, kMaxBurst> frames;
    std::array<PortSet, kMaxBurst> ports;
    std::array<FrameNote, kMaxBurst> notes;
  };
  Among among_{};
};

}  // namespace mcswitch::forwarding
