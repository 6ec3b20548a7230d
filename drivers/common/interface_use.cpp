// SPDX-License-Identifier: BSD-3-Clause

#include "common/interface_use.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <array>
#include <cstring>

namespace mcswitch::drivers {
namespace {

std::string address_words(std::uint8_t family, std::span<const char> bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  if (bytes.size() < size || inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) {
    return "unknown";
  }
  return text.data();
}

// What kind of interface has it: "bridge", "bond", "openvswitch".
std::string master_kind(const NetlinkMessage& link) {
  const auto info = link.attribute(sizeof(ifinfomsg), IFLA_LINKINFO);
  if (!info) {
    return "interface";
  }
  // The attributes of this attribute.
  for (std::size_t at = 0; at + sizeof(rtattr) <= info->size();) {
    rtattr attribute{};
    std::memcpy(&attribute, info->data() + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute) || at + attribute.rta_len > info->size()) {
      break;
    }
    if (attribute.rta_type == IFLA_INFO_SLAVE_KIND) {
      const char* const text = info->data() + at + RTA_LENGTH(0);
      return {text, strnlen(text, attribute.rta_len - RTA_LENGTH(0))};
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return "interface";
}

}  // namespace

InterfaceUse::InterfaceUse(int index) : index_{index} {
  Rtnetlink kernel;
  read_addresses(kernel);
  read_routes(kernel);
  read_master(kernel);
}

void InterfaceUse::read_addresses(Rtnetlink& kernel) {
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    for (const NetlinkMessage& message : kernel.dump(RTM_GETADDR, family)) {
      const auto body = message.body<ifaddrmsg>();
      if (static_cast<int>(body.ifa_index) != index_ || body.ifa_scope >= RT_SCOPE_LINK) {
        continue;
      }
      auto address = message.attribute(sizeof(body), IFA_LOCAL);
      if (!address) {
        address = message.attribute(sizeof(body), IFA_ADDRESS);
      }
      addresses_.push_back(address ? address_words(family, *address) : "unknown");
      if (family == AF_INET6) {
        ipv6_.push_back(message);
      }
    }
  }
}

void InterfaceUse::read_routes(Rtnetlink& kernel) {
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    for (const NetlinkMessage& message : kernel.dump(RTM_GETROUTE, family)) {
      const auto body = message.body<rtmsg>();
      const auto out = message.number(sizeof(body), RTA_OIF);
      if (!out || static_cast<int>(*out) != index_ || body.rtm_type != RTN_UNICAST) {
        continue;
      }
      has_default_route_ |= body.rtm_dst_len == 0;
      // The kernel makes its own routes again by itself.
      if (family == AF_INET6 && body.rtm_protocol != RTPROT_KERNEL) {
        ipv6_.push_back(message);
      }
    }
  }
}

void InterfaceUse::read_master(Rtnetlink& kernel) {
  const auto link = kernel.link(index_);
  if (!link) {
    return;
  }
  master_ = link->number(sizeof(ifinfomsg), IFLA_MASTER).value_or(0);
  std::array<char, IF_NAMESIZE> name{};
  if (master_ != 0 && if_indextoname(master_, name.data()) != nullptr) {
    master_words_ = fmt::format("{} {}", master_kind(*link), name.data());
  }
}

std::string InterfaceUse::words() const {
  if (master_ != 0) {
    return "is a port of " + master_words_;
  }
  std::string words;
  if (!addresses_.empty()) {
    words = fmt::format("has {} of this machine's addresses ({}{})", addresses_.size(), addresses_.front(),
                        addresses_.size() > 1 ? ", ..." : "");
  }
  if (has_default_route_) {
    words += words.empty() ? "has a default route" : " and a default route";
  }
  return words;
}

bool InterfaceUse::release() const { return master_ == 0 || Rtnetlink{}.set_master(index_, 0); }

void InterfaceUse::add(std::uint32_t master, const std::vector<NetlinkMessage>& ipv6) {
  master_ = master_ == 0 ? master : master_;
  ipv6_ = ipv6_.empty() ? ipv6 : ipv6_;
}

void InterfaceUse::put_back() const {
  Rtnetlink kernel;
  for (const NetlinkMessage& message : ipv6_) {
    kernel.make_again(message);
  }
  if (master_ != 0) {
    kernel.set_master(index_, master_);
  }
}

}  // namespace mcswitch::drivers
