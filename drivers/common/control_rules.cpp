// SPDX-License-Identifier: BSD-3-Clause

#include "common/control_rules.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <rte_errno.h>
#include <rte_flow.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mcswitch::drivers {
namespace {

enum class Message { igmp, mld };

// A rule in the form that rte_flow wants, pointing into itself.
class Rule {
 public:
  Rule(Message message, bool tagged) {
    ipv4_.hdr.next_proto_id = IPPROTO_IGMP;
    ipv4_mask_.hdr.next_proto_id = 0xff;
    ipv6_.hdr.proto = IPPROTO_HOPOPTS;
    ipv6_mask_.hdr.proto = 0xff;
    std::size_t n = 0;
    items_[n++].type = RTE_FLOW_ITEM_TYPE_ETH;
    if (tagged) {
      items_[n++].type = RTE_FLOW_ITEM_TYPE_VLAN;
    }
    if (message == Message::igmp) {
      items_[n++] = {.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &ipv4_, .last = nullptr, .mask = &ipv4_mask_};
    } else {
      items_[n++] = {.type = RTE_FLOW_ITEM_TYPE_IPV6, .spec = &ipv6_, .last = nullptr, .mask = &ipv6_mask_};
    }
    items_[n].type = RTE_FLOW_ITEM_TYPE_END;
    actions_[0] = {.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &queue_};
    actions_[1].type = RTE_FLOW_ACTION_TYPE_END;
    attributes_.ingress = 1;
  }
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;

  int validate(std::uint16_t ethdev, rte_flow_error& error) const {
    return rte_flow_validate(ethdev, &attributes_, items_.data(), actions_.data(), &error);
  }
  rte_flow* create(std::uint16_t ethdev, rte_flow_error& error) const {
    return rte_flow_create(ethdev, &attributes_, items_.data(), actions_.data(), &error);
  }

 private:
  rte_flow_attr attributes_{};
  rte_flow_item_ipv4 ipv4_{};
  rte_flow_item_ipv4 ipv4_mask_{};
  rte_flow_item_ipv6 ipv6_{};
  rte_flow_item_ipv6 ipv6_mask_{};
  rte_flow_action_queue queue_{.index = 0};
  std::array<rte_flow_item, 4> items_{};
  std::array<rte_flow_action, 2> actions_{};
};

std::string words(const rte_flow_error& error, int code) {
  return error.message != nullptr ? error.message : std::strerror(code < 0 ? -code : code);
}

}  // namespace

bool ControlRules::are_known(std::uint16_t ethdev) {
  rte_flow_error error{};
  return Rule{Message::igmp, false}.validate(ethdev, error) != -ENOSYS;
}

std::string ControlRules::create(std::uint16_t ethdev) {
  struct Wanted {
    Message message;
    bool tagged;
    const char* name;
  };
  constexpr Wanted kWanted[] = {{Message::igmp, false, "IGMP"},
                                {Message::igmp, true, "IGMP with a VLAN tag"},
                                {Message::mld, false, "MLD"},
                                {Message::mld, true, "MLD with a VLAN tag"}};
  for (const Wanted& wanted : kWanted) {
    const Rule rule{wanted.message, wanted.tagged};
    rte_flow_error error{};
    const int result = rule.validate(ethdev, error);
    rte_flow* created = result == 0 ? rule.create(ethdev, error) : nullptr;
    // If a device does not distinguish tagged from untagged frames, the first rule covers both.
    const bool is_there_already =
        wanted.tagged && (result == -EEXIST || (result == 0 && rte_errno == EEXIST));
    if (created != nullptr) {
      rules_.push_back(created);
    } else if (!is_there_already) {
      destroy(ethdev);
      return fmt::format("the device takes no flow rule for {}: {}", wanted.name,
                         words(error, result == 0 ? rte_errno : result));
    }
  }
  return {};
}

void ControlRules::destroy(std::uint16_t ethdev) {
  for (rte_flow* rule : rules_) {
    rte_flow_error error{};
    rte_flow_destroy(ethdev, rule, &error);
  }
  rules_.clear();
}

}  // namespace mcswitch::drivers
