// SPDX-License-Identifier: BSD-3-Clause

#include "machine/memory_plan.hpp"

#include <gmock/gmock.h>

namespace mcswitch::machine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr dataplane::PortFamily kRows[] = {
    {.name = "card", .device_prefix = ""},
    {.name = "socket",
     .device_prefix = "net_af_xdp",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .own_buffers = {.in_device = 1000, .per_core = 10, .size = 4096},
     .keeps_sent = false},
    {.name = "copies",
     .device_prefix = "net_tap",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .keeps_sent = false},
    {.name = "bond", .device_prefix = "net_bonding", .max_rx_queues = 1, .max_tx_queues = 1},
};
constexpr dataplane::PortFamilies kFamilies{kRows};

config::Config with_devices(std::vector<std::string> devices, std::size_t workers = 1) {
  config::Config config;
  config.sw.worker_cores.assign(workers, 1);
  for (std::string& device : devices) {
    config.ports.emplace_back();
    config.ports.back().device = std::move(device);
  }
  return config;
}
MemoryPlan plan(const config::Config& config) { return plan_memory(config, kFamilies, 0); }

TEST(OwnBuffers, AreThoseOfTheDeviceAndOfTheCores) {
  EXPECT_THAT(plan(with_devices({"net_af_xdp0", "net_tap0"})).own_buffers, ElementsAre(1000 + 2 * 10, 0));
}

// Sent frames stay in the descriptors of a card until these are used again.
TEST(OwnBuffers, GrowByTheTransmitDescriptorsOfOthersThatKeepWhatTheySent) {
  config::Config config = with_devices({"net_af_xdp0", "0000:03:00.0", "net_tap0", "0000:03:00.1"});
  config.ports[3].tx_descriptors = 512;
  EXPECT_THAT(plan(config).own_buffers, ElementsAre(1020 + 1024 + 512, 0, 0, 0));
}

TEST(OwnBuffers, GrowByAQueueAndARingForEachWorker) {
  EXPECT_THAT(plan(with_devices({"net_af_xdp0", "0000:03:00.0"}, 3)).own_buffers,
              ElementsAre(1000 + 4 * 10 + 3 * 1024 + 2 * 2048, 0));
}

TEST(OwnBuffers, GrowByTheDescriptorsOfEachMemberOfABond) {
  EXPECT_THAT(plan(with_devices({"net_af_xdp0", "net_bonding0,mode=1,slave=a,slave=b"})).own_buffers,
              ElementsAre(1020 + 2 * 1024, 0));
}

TEST(MemoryPlan, HasTheBuffersOfPortsThatHaveTheirOwn) {
  const MemoryPlan none = plan(with_devices({"net_tap0", "net_tap1"}));
  EXPECT_EQ(none.device_memory, 0U);
  EXPECT_THAT(describe(none), Not(testing::Contains(HasSubstr("have their own"))));
  const MemoryPlan two = plan(with_devices({"net_af_xdp0", "net_af_xdp1", "0000:03:00.0"}));
  EXPECT_EQ(two.device_memory, 2 * (1020 + 1024) * std::size_t{4096});
  EXPECT_THAT(describe(two),
              testing::Contains("memory: packet buffers of ports that have their own: 16.0 MiB"));
  EXPECT_GE(two.eal_megabytes(), (two.packet_memory + two.device_memory) / (1024 * 1024));
}

// A member has queues of its own, each with buffers of the switch's pool.
TEST(MemoryPlan, HasBuffersForTheDescriptorsOfEachMemberOfABond) {
  const MemoryPlan one = plan(with_devices({"net_bonding0,mode=1,slave=a"}));
  const MemoryPlan three = plan(with_devices({"net_bonding0,mode=1,slave=a,slave=b,slave=c"}));
  EXPECT_EQ(three.mbufs - one.mbufs, 2U * (1024 + 1024));
}

}  // namespace
}  // namespace mcswitch::machine
