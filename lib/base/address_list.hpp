// SPDX-License-Identifier: BSD-3-Clause
//
// AddressList: addresses one behind the other, as a membership message has them: 4 bytes each in IGMP, 16 in
// MLD. A view: the bytes are another's, and outlive it.
//
//   for (const IpAddress source : record.sources) ...
//
// Pure.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "base/net_types.hpp"

namespace mcswitch {

class AddressList {
 public:
  static constexpr std::size_t kV4Bytes = 4;
  static constexpr std::size_t kV6Bytes = 16;

  constexpr AddressList() = default;
  // `bytes`: whole addresses of `stride` bytes, kV4Bytes or kV6Bytes.
  constexpr AddressList(std::span<const std::uint8_t> bytes, std::size_t stride)
      : bytes_{bytes}, stride_{stride} {
    assert((stride == kV4Bytes || stride == kV6Bytes) && (bytes.size() & (stride - 1)) == 0);
  }
  static constexpr AddressList of_v4(std::span<const std::uint8_t> bytes) { return {bytes, kV4Bytes}; }

  [[nodiscard]] constexpr std::size_t size() const {
    return stride_ == kV4Bytes ? bytes_.size() / kV4Bytes : bytes_.size() / kV6Bytes;
  }
  [[nodiscard]] constexpr bool empty() const { return bytes_.empty(); }
  [[nodiscard]] constexpr IpAddress operator[](std::size_t index) const {
    return address_at(bytes_.data() + stride_ * index, stride_);
  }
  [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const { return bytes_; }
  // Bytes of one address.
  [[nodiscard]] constexpr std::size_t stride() const { return stride_; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = IpAddress;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = IpAddress;

    constexpr Iterator() = default;
    constexpr Iterator(const std::uint8_t* at, std::size_t stride) : at_{at}, stride_{stride} {}
    constexpr IpAddress operator*() const { return address_at(at_, stride_); }
    constexpr Iterator& operator++() {
      at_ += stride_;
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const std::uint8_t* at_ = nullptr;
    std::size_t stride_ = kV4Bytes;
  };
  [[nodiscard]] constexpr Iterator begin() const { return {bytes_.data(), stride_}; }
  [[nodiscard]] constexpr Iterator end() const { return {bytes_.data() + bytes_.size(), stride_}; }

 private:
  static constexpr IpAddress address_at(const std::uint8_t* o, std::size_t stride) {
    return stride == kV4Bytes ? Ipv4Address::of(o[0], o[1], o[2], o[3]) : IpAddress::from_bytes(o);
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t stride_ = kV4Bytes;
};

}  // namespace mcswitch
