// SPDX-License-Identifier: BSD-3-Clause

#include "ports/frames.hpp"

#include <algorithm>
#include <cstring>

namespace mcswitch::ports {
namespace {

constexpr std::size_t kAddresses = 12;
constexpr std::uint8_t kMagic[] = {'m', 'c', 's', 'w'};

}  // namespace

Frame data_frame(std::uint32_t number, std::size_t size) {
  Frame frame{0x01, 0x00, 0x5e, 0x4d, 0x03, 0x09, 0x02, 0x00, 0x00, 0x00, 0x51, 0x07, 0x08, 0x00};
  const auto ip_length = static_cast<std::uint16_t>(size - 14);
  const Frame ip{0x45,
                 0,
                 static_cast<std::uint8_t>(ip_length >> 8),
                 static_cast<std::uint8_t>(ip_length),
                 0,
                 0,
                 0x40,
                 0,
                 8,
                 17,
                 0,
                 0,
                 10,
                 77,
                 0,
                 61,
                 239,
                 77,
                 3,
                 9};
  frame.insert(frame.end(), ip.begin(), ip.end());
  std::uint32_t sum = 0;
  for (std::size_t i = 14; i < 34; i += 2) {
    sum += static_cast<std::uint32_t>(frame[i] << 8 | frame[i + 1]);
  }
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[24] = static_cast<std::uint8_t>(sum >> 8);
  frame[25] = static_cast<std::uint8_t>(sum);
  const auto udp_length = static_cast<std::uint16_t>(size - 34);
  const Frame udp{0x13,
                  0x8c,
                  0x13,
                  0x8c,
                  static_cast<std::uint8_t>(udp_length >> 8),
                  static_cast<std::uint8_t>(udp_length),
                  0,
                  0};
  frame.insert(frame.end(), udp.begin(), udp.end());
  frame.insert(frame.end(), std::begin(kMagic), std::end(kMagic));
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  while (frame.size() < size) {
    frame.push_back(static_cast<std::uint8_t>((frame.size() + number) % 251));
  }
  return frame;
}

Frame with_tag(const Frame& frame) {
  Frame tagged = frame;
  const std::uint8_t tag[] = {0x81, 0x00, static_cast<std::uint8_t>(5 << 5 | kVlan >> 8),
                              static_cast<std::uint8_t>(kVlan & 0xff)};
  tagged.insert(tagged.begin() + kAddresses, std::begin(tag), std::end(tag));
  return tagged;
}

std::uint32_t number_of(const Frame& frame) {
  Frame plain = frame;
  if (plain.size() > 18 && plain[12] == 0x81 && plain[13] == 0x00) {
    plain.erase(plain.begin() + kAddresses, plain.begin() + kAddresses + 4);
  }
  if (plain.size() < kHeader + 8 ||
      !std::equal(std::begin(kMagic), std::end(kMagic), plain.begin() + kHeader)) {
    return UINT32_MAX;
  }
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | plain[kHeader + 4 + i];
  }
  return data_frame(number, plain.size()) == plain ? number : UINT32_MAX;
}

std::vector<std::uint32_t> numbers_of(const std::vector<Frame>& frames) {
  std::vector<std::uint32_t> numbers;
  for (const Frame& frame : frames) {
    numbers.push_back(number_of(frame));
  }
  return numbers;
}

rte_mbuf* to_mbuf(rte_mempool* pool, const Frame& frame) {
  rte_mbuf* whole = nullptr;
  std::size_t at = 0;
  do {
    rte_mbuf* segment = rte_pktmbuf_alloc(pool);
    if (segment == nullptr) {
      rte_pktmbuf_free(whole);
      return nullptr;
    }
    const std::size_t size = std::min<std::size_t>(rte_pktmbuf_tailroom(segment), frame.size() - at);
    std::memcpy(rte_pktmbuf_append(segment, static_cast<std::uint16_t>(size)), frame.data() + at, size);
    at += size;
    if (whole == nullptr) {
      whole = segment;
    } else if (rte_pktmbuf_chain(whole, segment) != 0) {
      rte_pktmbuf_free(segment);
      rte_pktmbuf_free(whole);
      return nullptr;
    }
  } while (at < frame.size());
  return whole;
}

rte_mbuf* to_chain(rte_mempool* pool, const Frame& frame, std::size_t head, rte_mbuf** rest) {
  const auto cut = frame.begin() + static_cast<std::ptrdiff_t>(head);
  rte_mbuf* first = to_mbuf(pool, Frame{frame.begin(), cut});
  *rest = to_mbuf(pool, Frame{cut, frame.end()});
  if (first == nullptr || *rest == nullptr || rte_pktmbuf_chain(first, *rest) != 0) {
    return nullptr;
  }
  rte_mbuf_refcnt_update(*rest, 1);
  return first;
}

Frame from_mbuf(const rte_mbuf* mbuf) {
  Frame frame;
  for (const rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
    const auto* data = rte_pktmbuf_mtod(segment, const std::uint8_t*);
    frame.insert(frame.end(), data, data + segment->data_len);
  }
  if ((mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 && frame.size() >= kAddresses) {
    const std::uint8_t tag[] = {0x81, 0x00, static_cast<std::uint8_t>(mbuf->vlan_tci >> 8),
                                static_cast<std::uint8_t>(mbuf->vlan_tci)};
    frame.insert(frame.begin() + kAddresses, std::begin(tag), std::end(tag));
  }
  return frame;
}

}  // namespace mcswitch::ports
