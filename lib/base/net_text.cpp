// SPDX-License-Identifier: BSD-3-Clause

#include "base/net_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdio>

namespace mcswitch {
namespace {

bool read_address(int family, std::string_view text, void* address) {
  // inet_pton() would read as far as a NUL and call that all.
  return text.find('\0') == std::string_view::npos &&
         inet_pton(family, std::string{text}.c_str(), address) == 1;
}

}  // namespace

std::string to_string(MacAddress mac) {
  std::uint8_t o[6];
  mac.to_bytes(o);
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

std::string to_string(Ipv4Address address) {
  return fmt::format("{}.{}.{}.{}", address.bits >> 24, address.bits >> 16 & 0xff, address.bits >> 8 & 0xff,
                     address.bits & 0xff);
}

std::string to_string(const IpAddress& address) {
  if (address.is_v4()) {
    return to_string(address.v4());
  }
  char text[INET6_ADDRSTRLEN] = {};
  std::uint8_t bytes[16];
  address.to_bytes(bytes);
  inet_ntop(AF_INET6, bytes, text, sizeof text);
  return text;
}

std::string to_string(Ipv4Prefix prefix) {
  return fmt::format("{}/{}", to_string(prefix.address), prefix.length);
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  constexpr std::size_t kLength = 17;
  if (text.size() != kLength) {
    return std::nullopt;
  }
  MacAddress mac;
  for (std::size_t i = 0; i < kLength; ++i) {
    const char c = text[i];
    if (i % 3 == 2) {
      if (c != ':') {
        return std::nullopt;
      }
      continue;
    }
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint64_t>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    mac.bits = mac.bits << 4 | digit;
  }
  return mac;
}

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  in_addr address{};
  if (!read_address(AF_INET, text, &address)) {
    return std::nullopt;
  }
  return Ipv4Address{ntohl(address.s_addr)};
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (const auto v4 = parse_ipv4(text)) {
    return IpAddress::from(*v4);
  }
  std::uint8_t bytes[16];
  if (!read_address(AF_INET6, text, bytes)) {
    return std::nullopt;
  }
  return IpAddress::from_bytes(bytes);
}

std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  constexpr std::uint8_t kLongest = 32;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto address = parse_ipv4(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  const char* const end = digits.data() + digits.size();
  std::uint8_t length = 0;
  const auto [rest, error] = std::from_chars(digits.data(), end, length);
  const bool has_leading_zero = digits.size() > 1 && digits.front() == '0';
  if (!address || error != std::errc{} || rest != end || length > kLongest || has_leading_zero) {
    return std::nullopt;
  }
  return Ipv4Prefix{*address, length};
}

}  // namespace mcswitch
