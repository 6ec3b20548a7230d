// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/request.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/net_text.hpp"

namespace mcswitch::telemetry {

namespace {

// DPDK reads at most this much of a request; a garbled one may lack its end.
constexpr std::size_t kMaxRequest = 1023;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// One key: which parameter bit it needs (0: always allowed), and how its value gets into a Request.
// The store returns what would be right, or null when it was.
struct Key {
  std::string_view name;
  unsigned needs;
  const char* (*store)(Request&, const std::string&);
};

const char* store_limit(Request& request, const std::string& value) {
  const auto limit = parse_number(value);
  if (!limit || *limit < 1 || *limit > kArrayStrings) {
    return "a number from 1 to 512";
  }
  request.limit = static_cast<std::size_t>(*limit);
  return nullptr;
}

const char* store_after(Request& request, const std::string& value) {
  const auto after = parse_number(value);
  if (!after) {
    return "the number that `next` had";
  }
  request.after = *after;
  return nullptr;
}

const char* store_vlan(Request& request, const std::string& value) {
  const auto vlan = parse_number(value);
  if (!vlan || *vlan < 1 || *vlan > 4094) {
    return "a VLAN id from 1 to 4094";
  }
  request.vlan = static_cast<VlanId>(*vlan);
  return nullptr;
}

const char* store_group(Request& request, const std::string& value) {
  const auto group = parse_ip(value);
  if (!group || !group->is_multicast()) {
    return "a multicast address";
  }
  request.group = group;
  return nullptr;
}

const char* store_port(Request& request, const std::string& value) {
  if (value.empty()) {
    return "the name of a port";
  }
  request.port = value;
  return nullptr;
}

const char* store_tag(Request& request, const std::string& value) {
  const auto tag = parse_number(value);
  if (!tag) {
    return "a number";
  }
  request.tag = tag;
  return nullptr;
}

constexpr Key kKeys[] = {
    {"vlan", param::kVlan, store_vlan},     {"group", param::kGroup, store_group},
    {"port", param::kPort, store_port},     {"limit", param::kPaging, store_limit},
    {"after", param::kPaging, store_after}, {"tag", 0, store_tag},
};

// One key=value. Gives what is wrong with it; `seen` has a bit for each key met so far.
std::string store_item(Request& request, std::string_view item, unsigned allowed, unsigned& seen) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) {
    return "parameters are key=value,key=value; takes " + parameter_names(allowed);
  }
  const std::string_view name = item.substr(0, equals);
  const auto* key =
      std::find_if(std::begin(kKeys), std::end(kKeys), [name](const Key& k) { return k.name == name; });
  if (key == std::end(kKeys) || (key->needs & ~allowed) != 0) {
    constexpr std::size_t kShown = 20;
    return "unknown parameter " + std::string{name.substr(0, kShown)} + "; takes " + parameter_names(allowed);
  }
  const unsigned bit = 1U << (key - std::begin(kKeys));
  if ((seen & bit) != 0) {
    return std::string{name} + " is given twice";
  }
  seen |= bit;
  const auto value = unescape_field(item.substr(equals + 1));
  const char* expected = value ? key->store(request, *value) : "text in which % is written %25";
  return expected == nullptr ? "" : std::string{name} + " must be " + expected;
}

}  // namespace

std::string parameter_names(unsigned allowed) {
  std::string names;
  for (const Key& key : kKeys) {
    if ((key.needs & allowed) != 0) {
      names += names.empty() ? "" : ", ";
      names += key.name;
    }
  }
  return names.empty() ? "no parameters" : names;
}

ParsedRequest parse_request(const char* params, unsigned allowed) {
  ParsedRequest parsed;
  if (params == nullptr) {
    return parsed;
  }
  // Copied at once: with two clients the buffer may belong to the other's thread.
  const std::string copy{params, strnlen(params, kMaxRequest)};
  std::string_view rest = copy;
  unsigned seen = 0;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (auto error = store_item(parsed.request, item, allowed, seen); !error.empty() && !parsed.error) {
      parsed.error = std::move(error);
    }
  }
  return parsed;
}

}  // namespace mcswitch::telemetry
