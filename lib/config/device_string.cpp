// SPDX-License-Identifier: BSD-3-Clause

#include "config/device_string.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mcswitch::config {
namespace {

bool is_hex(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

std::string_view device_name(std::string_view device) { return device.substr(0, device.find(',')); }

std::vector<std::string> device_arguments(std::string_view device, std::string_view key) {
  std::vector<std::string> values;
  std::size_t at = device.find(',');
  while (at != std::string_view::npos) {
    const std::size_t end = device.find(',', at + 1);
    const std::string_view pair = device.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == key) {
      values.emplace_back(pair.substr(equals + 1));
    }
    at = end;
  }
  return values;
}

std::optional<std::string> device_argument(std::string_view device, std::string_view key) {
  const std::vector<std::string> values = device_arguments(device, key);
  return values.empty() ? std::nullopt : std::optional{values.front()};
}

std::optional<unsigned long> device_number(std::string_view device, std::string_view key) {
  const auto text = device_argument(device, key);
  if (!text) {
    return std::nullopt;
  }
  unsigned long number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc{} && end == text->data() + text->size() ? number : 0;
}

std::string device_identity(std::string_view device) {
  return device_pci_address(device).value_or(std::string{device_name(device)});
}

std::optional<std::string> device_interface(std::string_view device) {
  return device_argument(device, "iface");
}

std::optional<std::string> pci_address(std::string_view text) {
  std::string address{text};
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::count(address.begin(), address.end(), ':') == 1) {
    address = "0000:" + address;
  }
  // dddd:bb:dd.f; domains of virtual bridges have more digits.
  const std::size_t bus = address.find(':') + 1;
  if (bus < 5 || bus > 9 || address.size() != bus + 7 || address[bus + 2] != ':' || address[bus + 5] != '.') {
    return std::nullopt;
  }
  const std::string_view whole{address};
  const bool digits = is_hex(whole.substr(0, bus - 1)) && is_hex(whole.substr(bus, 2)) &&
                      is_hex(whole.substr(bus + 3, 2)) && address[bus + 6] >= '0' && address[bus + 6] <= '7';
  return digits ? std::optional{address} : std::nullopt;
}

std::optional<std::string> device_pci_address(std::string_view device) {
  return pci_address(device_name(device));
}

}  // namespace mcswitch::config
