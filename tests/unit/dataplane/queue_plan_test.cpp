// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/queue_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcswitch::dataplane {
namespace {

using testing::ElementsAre;

std::vector<std::pair<unsigned, unsigned>> tx(const PortPlan& plan) {
  std::vector<std::pair<unsigned, unsigned>> all;
  for (const PortPlan::Transmit& t : plan.tx) {
    all.emplace_back(t.worker, t.queue);
  }
  return all;
}

TEST(QueuePlan, SpreadsPortsOverWorkers) {
  const std::vector<PlanPort> ports(5);
  const std::vector<PlanWorker> workers(2);
  const auto plans = plan_queues(ports, workers);
  std::vector<unsigned> owners;
  for (const PortPlan& plan : plans) {
    owners.push_back(plan.owner());
  }
  EXPECT_THAT(owners, ElementsAre(0, 1, 0, 1, 0));
}

TEST(QueuePlan, QueuesOfOnePortGoToDifferentWorkers) {
  const std::vector<PlanPort> ports{{.rx_queues = 1}, {.rx_queues = 3, .tx_queues = 3}};
  const std::vector<PlanWorker> workers(3);
  const auto plans = plan_queues(ports, workers);
  EXPECT_THAT(plans[0].rx_worker, ElementsAre(0));
  EXPECT_THAT(plans[1].rx_worker, ElementsAre(1, 2, 0));
}

TEST(QueuePlan, TheNodeOfTheDeviceComesFirst) {
  const std::vector<PlanPort> ports{
      {.node = 1}, {.node = 1}, {.node = 0}, {.node = 2}, {.rx_queues = 2, .node = 1}};
  const std::vector<PlanWorker> workers{{.node = 0}, {.node = 1}};
  const auto plans = plan_queues(ports, workers);
  EXPECT_EQ(plans[0].owner(), 1U);
  EXPECT_EQ(plans[1].owner(), 1U);
  EXPECT_EQ(plans[2].owner(), 0U);
  EXPECT_EQ(plans[3].owner(), 0U);  // no worker is near: the one with less to do
  EXPECT_THAT(plans[4].rx_worker, ElementsAre(1, 1));
}

TEST(QueuePlan, EachWorkerHasItsTransmitQueueIfThereAreEnough) {
  const std::vector<PlanPort> ports{{.tx_queues = 3}};
  const auto plans = plan_queues(ports, std::vector<PlanWorker>(3));
  EXPECT_THAT(tx(plans[0]), ElementsAre(std::pair{0, 0}, std::pair{1, 1}, std::pair{2, 2}));
}

TEST(QueuePlan, TheOwnerSendsWhereThereIsOneTransmitQueue) {
  const std::vector<PlanPort> ports(2);
  const auto plans = plan_queues(ports, std::vector<PlanWorker>(3));
  EXPECT_THAT(tx(plans[0]), ElementsAre(std::pair{0, 0}, std::pair{0, 0}, std::pair{0, 0}));
  EXPECT_THAT(tx(plans[1]), ElementsAre(std::pair{1, 0}, std::pair{1, 0}, std::pair{1, 0}));
}

// Every queue has one worker that sends by it, and every worker a way.
TEST(QueuePlan, TooFewTransmitQueuesAreSharedOut) {
  const std::vector<PlanPort> ports{{}, {.tx_queues = 2}};
  const auto plans = plan_queues(ports, std::vector<PlanWorker>(4));
  // Worker 1 polls the port, worker 0 is the first of the others.
  EXPECT_THAT(tx(plans[1]), ElementsAre(std::pair{0, 1}, std::pair{1, 0}, std::pair{1, 0}, std::pair{0, 1}));
}

TEST(QueuePlan, HandoversAreCountedOnceForEachPairOfWorkers) {
  const std::vector<PlanWorker> workers(3);
  // Both ports are sent on by worker 0 or 1 alone, so each other worker hands over to both.
  const std::vector<PlanPort> single(2);
  EXPECT_THAT(handovers(plan_queues(single, workers)),
              ElementsAre(std::pair{0U, 1U}, std::pair{1U, 0U}, std::pair{2U, 0U}, std::pair{2U, 1U}));
  // Three queues each way: all send by themselves, and IGMP goes to the owner, worker 0.
  const std::vector<PlanPort> many{{.rx_queues = 3, .tx_queues = 3}};
  EXPECT_THAT(handovers(plan_queues(many, workers)), ElementsAre(std::pair{1U, 0U}, std::pair{2U, 0U}));
  EXPECT_THAT(handovers(plan_queues(single, std::vector<PlanWorker>(1))), testing::IsEmpty());
}

// 32 ports with one queue: each of 63 workers hands over to each of the 32 that have one.
TEST(QueuePlan, HandoversOfManyWorkersAreMoreThanOneForEach) {
  const std::vector<PlanPort> ports(32);
  const std::vector<PlanWorker> workers(63);
  EXPECT_EQ(handovers(plan_queues(ports, workers)).size(), 62U * 32U);
}

}  // namespace
}  // namespace mcswitch::dataplane
