// SPDX-License-Identifier: BSD-3-Clause
//
// A bond next to another port, with members that are full: DPDK's bonding moves what a member did not take to
// the end of the caller's array. The members are net_null devices whose transmit function is replaced.

#include <rte_dev.h>
#include <rte_eth_bond.h>
#include <rte_eth_bond_8023ad.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

constexpr std::size_t kMembers = 2;
constexpr unsigned kLacp = 4;

// Takes so many frames of a burst, and keeps them.
struct FullMember {
  unsigned takes = 0;
  std::vector<rte_mbuf*> taken{};
  void* self = this;

  static std::uint16_t transmit(void* queue, rte_mbuf** mbufs, std::uint16_t count) {
    auto& member = *static_cast<FullMember*>(queue);
    const auto n = static_cast<std::uint16_t>(std::min<unsigned>(count, member.takes));
    member.taken.insert(member.taken.end(), mbufs, mbufs + n);
    return n;
  }
};

void check_bond(int result, const std::string& what) {
  if (result < 0) {
    throw std::runtime_error{what};
  }
}

class FullBond {
 public:
  explicit FullBond(unsigned mode) {
    for (std::size_t i = 0; i < kMembers; ++i) {
      members_[i].takes = 3 + 4 * static_cast<unsigned>(i);
      check_bond(rte_dev_probe((name_of(i) + ",no-rx=1").c_str()), name_of(i));
    }
    const std::string device = "net_bonding7,mode=" + std::to_string(mode) +
                               ",xmit_policy=l34,slave=" + name_of(0) + ",slave=" + name_of(1);
    check_bond(rte_dev_probe(device.c_str()), device);
    check_bond(rte_eth_dev_get_port_by_name("net_bonding7", &ethdev_), "no bond");
    pool_ = rte_pktmbuf_pool_create("bond", 255, 0, 0, 2048 + RTE_PKTMBUF_HEADROOM, 0);
    const rte_eth_conf conf{};
    check_bond(rte_eth_dev_configure(ethdev_, 1, 1, &conf), "configure");
    check_bond(rte_eth_rx_queue_setup(ethdev_, 0, 64, 0, nullptr, pool_), "receive queue");
    check_bond(rte_eth_tx_queue_setup(ethdev_, 0, 64, 0, nullptr), "transmit queue");
    if (mode == kLacp) {
      // Members are declared to have a partner, instead of having one.
      rte_eth_bond_8023ad_conf lacp{};
      check_bond(rte_eth_bond_8023ad_conf_get(ethdev_, &lacp), "LACP settings");
      lacp.slowrx_cb = [](std::uint16_t, rte_mbuf* m) { rte_pktmbuf_free(m); };
      check_bond(rte_eth_bond_8023ad_setup(ethdev_, &lacp), "LACP");
    }
    check_bond(rte_eth_dev_start(ethdev_), "start");
    become_active();
    for (std::size_t i = 0; i < kMembers; ++i) {
      std::uint16_t member = 0;
      check_bond(rte_eth_dev_get_port_by_name(name_of(i).c_str(), &member), name_of(i));
      if (mode == kLacp) {
        check_bond(rte_eth_bond_8023ad_ext_collect(ethdev_, member, 1), "collect");
        check_bond(rte_eth_bond_8023ad_ext_distrib(ethdev_, member, 1), "distribute");
      }
      rte_eth_fp_ops[member].txq.data = &members_[i].self;
      rte_eth_fp_ops[member].tx_pkt_burst = FullMember::transmit;
    }
  }
  ~FullBond() {
    for (const std::string& name : {std::string{"net_bonding7"}, name_of(0), name_of(1)}) {
      std::uint16_t ethdev = 0;
      rte_eth_dev_info info{};
      if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev) == 0 &&
          rte_eth_dev_info_get(ethdev, &info) == 0) {
        rte_eth_dev_stop(ethdev);
        rte_eth_dev_close(ethdev);
        rte_dev_remove(info.device);
      }
    }
    rte_mempool_free(pool_);
  }
  FullBond(const FullBond&) = delete;
  FullBond& operator=(const FullBond&) = delete;

  [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }
  // All that the members took, once.
  std::vector<rte_mbuf*> taken() {
    std::vector<rte_mbuf*> all;
    for (FullMember& member : members_) {
      all.insert(all.end(), member.taken.begin(), member.taken.end());
      member.taken.clear();
    }
    return all;
  }

 private:
  static std::string name_of(std::size_t member) { return "net_null7" + std::to_string(member); }

  void become_active() const {
    std::array<std::uint16_t, kMembers> active{};
    for (int i = 0; i < 20'000; ++i) {
      if (rte_eth_bond_active_slaves_get(ethdev_, active.data(), kMembers) == kMembers) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    throw std::runtime_error{"the members do not become active"};
  }

  std::array<FullMember, kMembers> members_{};
  rte_mempool* pool_ = nullptr;
  std::uint16_t ethdev_ = 0;
};

class Bonding : public testing::TestWithParam<unsigned> {};

// Whichever of the two ports gets a burst first.
TEST_P(Bonding, AFullMemberTakesNothingFromTheOtherPorts) {
  FullBond bond{GetParam()};
  Bench bench{{.own_array = ports({3}), .own_array_ethdev = bond.ethdev()}};
  bench.join(10, kGroup, ports({3, 5}));
  std::size_t dropped = 0;
  for (unsigned burst = 0; burst < 2; ++burst) {
    std::vector<rte_mbuf*> frames;
    for (unsigned n = 0; n < 32; ++n) {
      frames.push_back(bench.frame(test::udp(kGroup, {}, 40 + n)));
      // Ports of UDP, by which the bond chooses a member.
      rte_pktmbuf_mtod(frames.back(), std::uint8_t*)[14 + 20 + 1] = static_cast<std::uint8_t>(n * 7);
      bench.arrive(2, frames.back());
    }
    bench.turn();
    EXPECT_EQ(bench.sent(5), frames);
    const std::vector<rte_mbuf*> taken = bond.taken();
    EXPECT_GT(taken.size(), 0U);
    EXPECT_LT(taken.size(), 32U);
    EXPECT_EQ(std::set<rte_mbuf*>(taken.begin(), taken.end()).size(), taken.size()) << "one went out twice";
    dropped += 32 - taken.size();
    EXPECT_EQ(bench.drops(3, TxDrop::tx_queue_full), dropped);
    for (rte_mbuf* m : taken) {
      EXPECT_EQ(std::count(frames.begin(), frames.end(), m), 1);
      rte_pktmbuf_free(m);
    }
  }
  EXPECT_EQ(bench.missing(), 0U);
  // No buffer is in the pool twice.
  std::vector<void*> all(rte_mempool_avail_count(bench.pool()));
  ASSERT_EQ(rte_mempool_get_bulk(bench.pool(), all.data(), static_cast<unsigned>(all.size())), 0);
  EXPECT_EQ(std::set<void*>(all.begin(), all.end()).size(), all.size());
  rte_mempool_put_bulk(bench.pool(), all.data(), static_cast<unsigned>(all.size()));
}

INSTANTIATE_TEST_SUITE_P(Mode, Bonding, testing::Values(0U, 2U, kLacp));

// DPDK's programmer's guide, link bonding: LACP frames leave in calls of rte_eth_tx_burst().
TEST(IdleDevice, ThatWorksInItsTransmitCallsGetsThemWithoutTraffic) {
  Bench bench{{.needs_calls = ports({3})}};
  static unsigned calls;
  calls = 0;
  const auto count = [](std::uint16_t, std::uint16_t, rte_mbuf**, std::uint16_t frames, void*) {
    EXPECT_EQ(frames, 0);
    ++calls;
    return frames;
  };
  const auto* hook = rte_eth_add_tx_callback(bench.ethdev(3), 0, count, nullptr);
  ASSERT_NE(hook, nullptr);
  bench.turn();
  EXPECT_EQ(calls, 1U);
  EXPECT_EQ(rte_eth_remove_tx_callback(bench.ethdev(3), 0, hook), 0);
}

}  // namespace
}  // namespace mcswitch::dataplane
