// SPDX-License-Identifier: BSD-3-Clause

#include "support/switch_view.hpp"

#include <fmt/format.h>

#include "base/net_text.hpp"

namespace mcswitch::test {

std::string describe(PortSet ports) {
  std::string text;
  for (const PortId port : ports) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", port);
  }
  return "{" + text + "}";
}

std::string describe(TimePoint time, TimePoint start) {
  if (time == kNever) {
    return "never";
  }
  return fmt::format("{:.9f}", std::chrono::duration<double>(time - start).count());
}

std::string describe(const SentQuery& query, TimePoint start) {
  std::string text = fmt::format(
      "at {}: vlan {} ports {} query {} code {} from {}", describe(query.at, start), query.vlan,
      describe(query.ports), query.group.is_unspecified() ? std::string{"general"} : to_string(query.group),
      query.code, to_string(query.source));
  if (query.is_version_3) {
    text += fmt::format(", version 3{}, QRV {}, QQIC {}", query.s_flag ? ", S" : "", query.qrv, query.qqic);
  }
  for (const IpAddress& source : query.sources) {
    text += " " + to_string(source);
  }
  return text;
}

std::string describe(const VlanView& vlan, TimePoint start) {
  constexpr const char* kRoles[] = {"off", "non-querier", "querier"};
  return fmt::format("vlan {}: {}, querier {} version {} until {}, held {}", vlan.vlan,
                     kRoles[static_cast<std::size_t>(vlan.role)], to_string(vlan.querier),
                     vlan.querier_version, describe(vlan.querier_expires, start), describe(vlan.held));
}

std::string describe(const RouterView& router, TimePoint start) {
  constexpr const char* kReasons[] = {"query", "PIM", "MRD", "configured"};
  return fmt::format("vlan {}: router port {}, {} {} until {}", router.vlan, router.port,
                     kReasons[static_cast<std::size_t>(router.reason)], to_string(router.address),
                     describe(router.expires, start));
}

std::string describe(const MembershipView& membership, TimePoint start) {
  std::string text =
      fmt::format("vlan {}: {} on port {}", membership.vlan, to_string(membership.group), membership.port);
  if (membership.mode == FilterMode::exclude) {
    text += " EXCLUDE until " + describe(membership.ends, start);
  } else {
    text += " INCLUDE";
  }
  for (const SourceView& source : membership.requested) {
    text += fmt::format(", {} until {}", to_string(source.source), describe(source.ends, start));
  }
  for (const IpAddress& source : membership.excluded) {
    text += ", listed " + to_string(source);
  }
  return text;
}

}  // namespace mcswitch::test
