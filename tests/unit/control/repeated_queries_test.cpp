// SPDX-License-Identifier: BSD-3-Clause
//
// The S flag and the repetition of group-specific queries (RFC 9776 section 6.6.3.1).

#include "unit/control/source_lab.hpp"

namespace mcswitch::control {
namespace {

using enum RecordType;

TEST(GroupQueries, GoOnWithTheSFlagWhenSomebodyHasAnswered) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode);
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode);
  lab.advance(300ms);
  lab.record(2, mode_is_exclude, {}, kHostTwo);
  lab.advance(5s);
  const std::vector<Asked> queries{{.at = 0s, .port = 2, .group = kGroup, .version = 3},
                                   {.at = 1s, .port = 2, .group = kGroup, .suppresses = true, .version = 3}};
  EXPECT_EQ(lab.asked(), queries);
  EXPECT_EQ(lab.gets(2), "ABCD");
}

// 6.6.3.2: a source with a newer report is left out only where a query of the whole group leaves in the same
// moment. The group timer that ends in that moment asks nobody.
TEST(GroupQueries, TheEndOfTheGroupTimerDoesNotStandForAQueryOfASource) {
  SourceLab lab;
  lab.record(2, change_to_exclude_mode);
  lab.advance(1s);
  lab.clear();
  lab.record(2, change_to_include_mode, {kA});  // the group timer ends in 2 s
  lab.advance(1s);
  lab.record(2, block_old_sources, {kA});  // asks for it, now and in 1 s
  lab.advance(300ms);
  lab.record(2, allow_new_sources, {kA}, kHostTwo);
  lab.advance(5s);
  const std::vector<Asked> queries{
      {.at = 0s, .port = 2, .group = kGroup, .version = 3},
      {.at = 1s, .port = 2, .group = kGroup, .version = 3},
      {.at = 1s, .port = 2, .group = kGroup, .sources = {kA}, .version = 3},
      {.at = 2s, .port = 2, .group = kGroup, .sources = {kA}, .suppresses = true, .version = 3}};
  EXPECT_EQ(lab.asked(), queries);
  EXPECT_EQ(lab.gets(2), "A");
}

}  // namespace
}  // namespace mcswitch::control
