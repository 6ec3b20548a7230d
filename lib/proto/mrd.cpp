// SPDX-License-Identifier: BSD-3-Clause

#include "proto/mrd.hpp"

#include "proto/checksum.hpp"

namespace mcswitch::proto {
namespace {

using std::chrono_literals::operator""s;

constexpr std::size_t kAdvertisementSize = 8;
constexpr std::size_t kShortSize = 4;  // of a solicitation and a termination
constexpr int kIntervalsUntilDead = 3;
constexpr Duration kUsualInterval = 20s;

MrdKind kind_of(std::uint8_t type) {
  switch (type) {
    case kTypeMrdAdvertisement:
      return MrdKind::advertisement;
    case kTypeMrdSolicitation:
      return MrdKind::solicitation;
    case kTypeMrdTermination:
      return MrdKind::termination;
    default:
      return MrdKind::other;
  }
}

}  // namespace

MrdMessage parse_mrd(std::span<const std::uint8_t> payload) {
  const MrdKind kind = payload.empty() ? MrdKind::other : kind_of(payload[0]);
  if (kind == MrdKind::other) {
    return {};
  }
  if (payload.size() < (kind == MrdKind::advertisement ? kAdvertisementSize : kShortSize) ||
      internet_checksum(payload) != 0) {
    return {.kind = MrdKind::wrong};
  }
  MrdMessage message{.kind = kind};
  if (kind == MrdKind::advertisement) {
    message.lifetime = kIntervalsUntilDead * (payload[1] == 0 ? kUsualInterval : payload[1] * 1s);
  }
  return message;
}

}  // namespace mcswitch::proto
