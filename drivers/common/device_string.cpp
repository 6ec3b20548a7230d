// SPDX-License-Identifier: BSD-3-Clause

#include "common/device_string.hpp"

#include <charconv>

namespace mcswitch::drivers {

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

}  // namespace mcswitch::drivers
