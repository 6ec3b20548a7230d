// SPDX-License-Identifier: BSD-3-Clause
//
// Each kind of message cut at each length, in an allocation of just that length, so that the address
// sanitizer sees a byte read behind it.

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "proto/igmp.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto {
namespace {

using test::Bytes;
using test::igmp_message;
using test::ip;

struct Case {
  std::string name;
  Bytes whole;
  // What is wrong with the first `length` bytes when their checksum is right.
  std::function<ParseError(std::size_t length)> expected;
};

ParseError eight_bytes(std::size_t length) {
  return length < 8 ? ParseError::igmp_too_short : ParseError::none;
}

ParseError v3_query_of_two_sources(std::size_t length) {
  if (length < 8) {
    return ParseError::igmp_too_short;
  }
  if (length == 8) {
    return ParseError::none;  // is a version 2 query
  }
  if (length < 12) {
    return ParseError::igmp_query_length_invalid;
  }
  return length < 20 ? ParseError::igmp_query_sources_truncated : ParseError::none;
}

// Record of 8 bytes, 2 sources and 1 word of auxiliary data at 8 to 28; record of 8 bytes at 28 to 36.
ParseError v3_report_of_two_records(std::size_t length) {
  if (length < 8) {
    return ParseError::igmp_too_short;
  }
  if (length < 16 || (length >= 28 && length < 36)) {
    return ParseError::igmp_records_truncated;
  }
  return length < 28 ? ParseError::igmp_record_sources_truncated : ParseError::none;
}

const Case kCases[] = {
    {"V1Report", igmp_message(0x12, ip("239.1.2.3")), eight_bytes},
    {"V2Report", igmp_message(0x16, ip("239.1.2.3")), eight_bytes},
    {"Leave", igmp_message(0x17, ip("239.1.2.3")), eight_bytes},
    {"V1Query", igmp_message(0x11, ip("0.0.0.0"), 0), eight_bytes},
    {"V2Query", igmp_message(0x11, ip("239.1.2.3"), 10), eight_bytes},
    {"V3Query",
     test::v3_query_message({.group = ip("232.1.2.3"), .sources = {ip("10.0.0.1"), ip("10.0.0.2")}}),
     v3_query_of_two_sources},
    {"V3Report",
     test::v3_report_message({{.group = ip("232.1.2.3"),
                               .sources = {ip("10.0.0.1"), ip("10.0.0.2")},
                               .aux_data = Bytes{1, 2, 3, 4}},
                              {.group = ip("239.1.2.3")}}),
     v3_report_of_two_records},
};

class IgmpTruncation : public testing::TestWithParam<Case> {};

TEST_P(IgmpTruncation, WholeMessageIsValid) {
  IgmpMessage message;
  EXPECT_EQ(parse_igmp(GetParam().whole, message), ParseError::none);
}

TEST_P(IgmpTruncation, EveryLengthHasItsErrorWhenTheChecksumIsRight) {
  const Case& c = GetParam();
  for (std::size_t length = 0; length < c.whole.size(); ++length) {
    Bytes cut(c.whole.begin(), c.whole.begin() + static_cast<std::ptrdiff_t>(length));
    if (length >= 4) {
      cut = test::sealed(cut);
    }
    IgmpMessage message;
    EXPECT_EQ(parse_igmp(cut, message), c.expected(length)) << "length " << length;
  }
}

TEST_P(IgmpTruncation, NoLengthIsTakenWithTheChecksumOfTheWhole) {
  const Case& c = GetParam();
  for (std::size_t length = 0; length < c.whole.size(); ++length) {
    const Bytes cut(c.whole.begin(), c.whole.begin() + static_cast<std::ptrdiff_t>(length));
    IgmpMessage message;
    EXPECT_NE(parse_igmp(cut, message), ParseError::none) << "length " << length;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, IgmpTruncation, testing::ValuesIn(kCases),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace mcswitch::proto
