// SPDX-License-Identifier: BSD-3-Clause

#include "mcswitch/log_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::chrono::milliseconds kPatience = 60s;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends_[0]);
    if (!is_leaked_) {
      close(ends_[1]);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // For a writer, which lives as long as the process.
  int leaked_end() {
    is_leaked_ = true;
    return ends_[1];
  }

  // The next `count` lines.
  std::vector<std::string> read(std::size_t count) {
    std::vector<std::string> lines;
    while (lines.size() < count) {
      const std::size_t end = rest_.find('\n');
      if (end != std::string::npos) {
        lines.push_back(rest_.substr(0, end));
        rest_.erase(0, end + 1);
        continue;
      }
      char part[4096];
      const ssize_t size = ::read(ends_[0], part, sizeof part);
      if (size <= 0) {
        break;
      }
      rest_.append(part, static_cast<std::size_t>(size));
    }
    return lines;
  }
  bool is_silent_for(std::chrono::milliseconds time) {
    pollfd wanted{.fd = ends_[0], .events = POLLIN, .revents = 0};
    return rest_.empty() && poll(&wanted, 1, static_cast<int>(time.count())) == 0;
  }

 private:
  int ends_[2] = {-1, -1};
  bool is_leaked_ = false;
  std::string rest_;
};

// Made once for the process, as the program does.
LogWriter& writer_to(int file, LogPrefix prefix) { return *new LogWriter{file, prefix}; }

TEST(LogWriter, WritesLevelAndComponentInOrder) {
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::none);
  writer.log(LogLevel::warning, "memory", "little");
  writer.log(LogLevel::info, "control", "much");
  EXPECT_THAT(pipe.read(2),
              ElementsAre("mcswitch: warning: memory: little", "mcswitch: info: control: much"));
}

TEST(LogWriter, LinesForTheJournalBeginWithThePriorityOfSyslog) {
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::priority);
  writer.set_level(LogLevel::debug);
  for (const LogLevel level :
       {LogLevel::error, LogLevel::warning, LogLevel::notice, LogLevel::info, LogLevel::debug}) {
    writer.log(level, "a", "b");
  }
  EXPECT_THAT(pipe.read(5), ElementsAre("<3>mcswitch: error: a: b", "<4>mcswitch: warning: a: b",
                                        "<5>mcswitch: notice: a: b", "<6>mcswitch: info: a: b",
                                        "<7>mcswitch: debug: a: b"));
}

TEST(LogWriter, OtherLinesBeginWithTheTimeOfDay) {
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::time);
  writer.log(LogLevel::notice, "control", "now");
  EXPECT_THAT(pipe.read(1),
              ElementsAre(MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
                                       "[0-6][0-9][.][0-9][0-9][0-9]Z mcswitch: notice: control: "
                                       "now")));
}

TEST(LogWriter, LeavesOutWhatIsLessImportantThanTheLevel) {
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::none);
  writer.log(LogLevel::debug, "a", "not by default");
  writer.set_level(LogLevel::warning);
  writer.log(LogLevel::notice, "a", "not now");
  writer.log(LogLevel::warning, "a", "this");
  EXPECT_THAT(pipe.read(1), ElementsAre("mcswitch: warning: a: this"));
}

// The pipe takes 64 KiB, and its reader takes nothing: 100,000 lines of 100 bytes.
TEST(LogWriter, NobodyWaitsForALogThatIsNotReadAndWhatIsMissingIsCounted) {
  constexpr std::size_t kLines = 100'000;
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::none);
  const std::string text(80, 'x');
  for (std::size_t i = 0; i < kLines; ++i) {
    writer.log(LogLevel::info, "a", text);
  }
  writer.print("mcswitch: ready\n");  // It has room always.
  writer.flush(50ms);                 // Gives up.

  std::size_t there = 0;
  std::size_t missing = 0;
  bool is_ready = false;
  while (there + missing < kLines || !is_ready) {
    const auto lines = pipe.read(1);
    ASSERT_EQ(lines.size(), 1U) << there << " are there, " << missing << " missing";
    const std::string& line = lines.front();
    const std::string_view count = "mcswitch: warning: log: ";
    if (line.starts_with(count)) {
      EXPECT_THAT(line, testing::EndsWith("lines are missing here: the log was not read in time"));
      missing += std::stoul(line.substr(count.size()));
    }
    there += line.ends_with("xx") ? 1 : 0;
    is_ready |= line == "mcswitch: ready";
  }
  EXPECT_GE(there, LogWriter::kMaxWaiting);
  EXPECT_GT(missing, 0U);
  writer.log(LogLevel::info, "a", "goes on");
  EXPECT_THAT(pipe.read(1), ElementsAre("mcswitch: info: a: goes on"));
}

TEST(LogWriter, AReaderThatHasEndedHarmsNobody) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  int end = -1;
  {
    Pipe pipe;
    end = pipe.leaked_end();
  }
  LogWriter& writer = writer_to(end, LogPrefix::none);
  writer.log(LogLevel::error, "a", "for nobody");
  writer.flush(kPatience);
}

// SIGPIPE is as it was; a non-blocking pipe is another's choice.
TEST(LogWriter, WritesAllToAPipeThatDoesNotBlock) {
  Pipe pipe;
  const int end = pipe.leaked_end();
  ASSERT_EQ(fcntl(end, F_SETFL, O_NONBLOCK), 0);
  LogWriter& writer = writer_to(end, LogPrefix::none);
  const std::string text(1000, 'y');
  for (int i = 0; i < 1000; ++i) {
    writer.log(LogLevel::info, "a", text);
  }
  const auto lines = pipe.read(1000);
  ASSERT_EQ(lines.size(), 1000U);
  for (const std::string& line : lines) {
    ASSERT_EQ(line, "mcswitch: info: a: " + text);
  }
}

TEST(LogWriter, ASignalThatChangesNothingIsLoggedOnce) {
  Pipe pipe;
  LogWriter& writer = writer_to(pipe.leaked_end(), LogPrefix::none);
  writer.on_signal(SIGUSR1);
  EXPECT_THAT(pipe.read(1), ElementsAre(HasSubstr("notice: config: SIGUSR1 changes nothing")));
  EXPECT_TRUE(pipe.is_silent_for(20ms));
}

// JOURNAL_STREAM is inherited by programs whose stderr is another file: device and inode count.
TEST(LogPrefixOfStderr, IsForTheJournalOnlyIfStderrIsTheJournal) {
  struct stat status {};
  ASSERT_EQ(fstat(STDERR_FILENO, &status), 0);
  const std::string mine = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  ASSERT_EQ(setenv("JOURNAL_STREAM", mine.c_str(), 1), 0);
  EXPECT_EQ(stderr_prefix(), LogPrefix::priority);
  ASSERT_EQ(setenv("JOURNAL_STREAM", (mine + "0").c_str(), 1), 0);
  EXPECT_EQ(stderr_prefix(), LogPrefix::time);
  ASSERT_EQ(unsetenv("JOURNAL_STREAM"), 0);
  EXPECT_EQ(stderr_prefix(), LogPrefix::time);
}

}  // namespace
}  // namespace mcswitch::app
