// SPDX-License-Identifier: BSD-3-Clause
//
// ForwardingBlock: everything that configuration decides about forwarding, in one piece; with it the words
// that follow from configuration and from what was learned. ForwardingBlocks: the block in force.
//
// A block is filled by the control thread, published, and its settings never change afterwards. Other
// settings are another block, published as a whole: a worker loads the pointer once a burst, so each frame
// is decided wholly by the old or wholly by the new settings. The old block is freed after a grace period.
// Only the words of a VLAN (VlanWords) change in place, when something is learned: a router port, a link, a
// querier, pruning that is no longer held.
//
// Threads
//   control    exactly one: words(), publish(), reclaim(), is_settled(). publish() allocates, none blocks.
//   worker     current(), once a burst; the reference is valid until the worker is quiescent.
//   telemetry  current(), in a reader section; the reference is valid until it leaves the section.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "table/atomic_port_set.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::table {

// Bits of VlanForwarding::igmp_rules.
inline constexpr std::uint8_t kRequireRouterAlert = 1;
inline constexpr std::uint8_t kIgnoreV1Reports = 2;
inline constexpr std::uint8_t kTrackHosts = 4;
inline constexpr std::uint8_t kHasSsmRange = 8;  // ssm_range is worth a look
inline constexpr std::uint8_t kIgnoreV2Reports = 16;
inline constexpr std::uint8_t kHasReportSources = 32;  // report_sources is

enum class Snooping : std::uint8_t {
  off,      // not looked at; multicast of the family is flooded
  observe,  // looked at and counted as if pruning; every frame is forwarded as if off
  prune,
};

// What follows for a VLAN from its settings and from what was learned. Control stores, before the block is
// published and while it is in force; workers and telemetry load. Ports without link are in none of the sets.
struct VlanWords {
  // Ports of the VLAN: where floods go. Empty: the VLAN does not exist here.
  AtomicPortSet flood;
  // Where data of a registered group goes besides its members: router ports, ports on which pruning is
  // held; all ports while the VLAN observes or snooping is off.
  AtomicPortSet registered;
  // Where data of an unregistered group goes, by the policy `unregistered` and held pruning.
  AtomicPortSet unregistered;
  // Where membership reports and leaves go (RFC 4541 section 2.1.1): router ports; all ports while the
  // VLAN observes. Those of version 3, which suppress nobody, have a word of their own: all ports while
  // pruning is held and no router is known.
  AtomicPortSet reports;
  AtomicPortSet reports_v3;
  // Where older reports and leaves go besides, but for Tables::reporting: all ports while nobody has asked
  // and no router is known. A router may wait there, and no host can be suppressed.
  AtomicPortSet reports_if_silent;
};

// All that the packet path asks of a VLAN, in one line of memory. Below the words: control writes before the
// block is published, workers and telemetry read.
struct alignas(64) VlanForwarding : VlanWords {
  // Ports that carry the VLAN with an IEEE 802.1Q tag, with and without link: a frame with this VID is let
  // in on them only, and leaves by them with the tag.
  PortSet tagged;
  // What is done about IGMP here.
  Snooping igmp = Snooping::off;
  // The bits above.
  std::uint8_t igmp_rules = 0;
  // With kHasReportSources: which of ForwardingBlock::report_sources.
  std::uint16_t report_sources = 0;
  // Prefixes in which groups are joined with their sources only (RFC 4604): address above, mask below; 0:
  // none.
  static constexpr std::size_t kSsmPrefixes = 4;
  std::array<std::uint64_t, kSsmPrefixes> ssm_range{};

  [[nodiscard]] bool is_source_specific(Ipv4Address group) const noexcept {
    if ((igmp_rules & kHasSsmRange) == 0) {
      return false;
    }
    for (const std::uint64_t prefix : ssm_range) {
      if (prefix != 0 && (group.bits & static_cast<std::uint32_t>(prefix)) == prefix >> 32) {
        return true;
      }
    }
    return false;
  }
};
static_assert(sizeof(VlanForwarding) == 64);

// What the packet path asks of a port. Control writes before the block is published, workers and telemetry
// read.
struct PortForwarding {
  MacAddress own_mac;  // of the interface itself; frames from it are not forwarded
  VlanId vlan = 0;     // VLAN of untagged frames; 0: they are dropped
  bool block_queries = false;
};

// A new one lets nothing in.
struct ForwardingBlock {
  // Control writes before the block is published, workers and telemetry read.
  std::array<PortForwarding, kMaxPorts> ports;
  // Source of what the switch sends itself: IGMP from it has come back by a loop.
  MacAddress switch_mac;
  // Some port has tagged VLANs: frames may have to change where they leave. Likewise.
  bool has_tags = false;
  std::array<VlanForwarding, kMaxVlans> vlans;
  // From where reports and leaves count, in the VLANs where that is said (RFC 2236 section 10).
  std::vector<std::vector<Ipv4Prefix>> report_sources;

  [[nodiscard]] bool takes_reports(const VlanForwarding& vlan, Ipv4Address source) const noexcept {
    if ((vlan.igmp_rules & kHasReportSources) == 0) {
      return true;
    }
    const std::vector<Ipv4Prefix>& prefixes = report_sources[vlan.report_sources];
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](Ipv4Prefix prefix) { return prefix.contains(source); });
  }
};

class ForwardingBlocks {
 public:
  // With a new block in force.
  ForwardingBlocks() : in_force_{std::make_unique<ForwardingBlock>()}, current_{in_force_.get()} {}
  ForwardingBlocks(const ForwardingBlocks&) = delete;
  ForwardingBlocks& operator=(const ForwardingBlocks&) = delete;

  // Acquire: pairs with the release in publish(), so that a block is seen as it was published.
  [[nodiscard]] const ForwardingBlock& current() const noexcept {
    return *current_.load(std::memory_order_acquire);
  }

  // The words of the block in force, to be stored in place.
  [[nodiscard]] VlanWords& words(VlanId vlan) noexcept { return in_force_->vlans[vlan]; }

  // Puts `next`, which is not nullptr, in the place of the block in force. Its words have to be those of its
  // own settings already.
  void publish(std::unique_ptr<ForwardingBlock> next, GracePeriod& grace_period) {
    Replaced& old = replaced_.emplace_back();
    // Release: pairs with the acquire in current().
    current_.store(next.get(), std::memory_order_release);
    old.block = std::exchange(in_force_, std::move(next));
    old.token = grace_period.begin();
  }

  // Frees the blocks whose grace period has passed. To be called until is_settled().
  void reclaim(GracePeriod& grace_period) {
    auto held = replaced_.begin();
    while (held != replaced_.end() && grace_period.has_passed(held->token)) {
      ++held;
    }
    replaced_.erase(replaced_.begin(), held);
  }

  // No block waits for its grace period.
  [[nodiscard]] bool is_settled() const noexcept { return replaced_.empty(); }

 private:
  struct Replaced {
    std::unique_ptr<const ForwardingBlock> block;
    std::uint64_t token = 0;
  };

  // Control alone.
  std::unique_ptr<ForwardingBlock> in_force_;
  std::vector<Replaced> replaced_;  // the oldest first: grace periods pass in their order
  // Control stores, workers and telemetry load. A line of its own: nothing else that changes is next to it.
  alignas(64) std::atomic<const ForwardingBlock*> current_;
};

}  // namespace mcswitch::table
