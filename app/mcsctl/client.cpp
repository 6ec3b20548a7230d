// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "mcsctl/failure.hpp"
#include "mcsctl/socket_paths.hpp"

namespace mcswitch::mcsctl {

namespace {

constexpr std::size_t kGreetingLength = 1024;
constexpr std::size_t kMaxReplyLength = std::size_t{1} << 20;
constexpr int kUnknownIsTrue = 4;
constexpr const char* kInfo = "/mcswitch/info";

// A call on a socket with a timeout ends with EINTR when the program is stopped and continued (Ctrl-Z and
// fg), without any handler: signal(7). Nothing is lost by it.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

std::string reason(int error) { return error == ENOENT ? "no such file" : std::strerror(error); }

}  // namespace

std::string with_param(const std::string& params, const std::string& key, const std::string& value) {
  return params + (params.empty() ? "" : ",") + key + "=" + telemetry::escape_field(value);
}

Client::Client(const std::string& name, const std::vector<std::string>& paths, Patience patience)
    : patience_{patience}, tag_{std::uint64_t{std::random_device{}()} << 20} {
  std::string tried;
  for (const std::string& path : paths) {
    for (int suffix = 0; suffix <= kMaxSuffix; ++suffix) {
      const std::string full = with_suffix(path, suffix);
      if (suffix > 0 && access(full.c_str(), F_OK) != 0) {
        continue;
      }
      const std::string wrong = connect(full);
      if (wrong.empty()) {
        return;
      }
      close();
      tried += "\n  " + full + ": " + wrong;
    }
  }
  throw Failure{kExitNoSwitch, "no running switch named " + name + "; tried" + tried};
}

Client::~Client() { close(); }

void Client::close() {
  if (socket_ >= 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

void Client::pause() const { std::this_thread::sleep_for(patience_.pause); }

std::string Client::open(const std::string& path) {
  close();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return "longer than a socket path can be";
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  socket_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    return reason(errno);
  }
  // Also the limit of connect(), which waits while the server's queue of one is taken.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_.reply_timeout);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(patience_.reply_timeout - seconds);
  const timeval timeout{static_cast<time_t>(seconds.count()), static_cast<suseconds_t>(rest.count())};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  const void* generic = &address;
  const auto connected = uninterrupted(
      [&] { return ::connect(socket_, static_cast<const sockaddr*>(generic), sizeof address); });
  if (connected != 0) {
    return errno == EAGAIN ? "does not answer" : reason(errno);
  }
  return {};
}

std::string Client::connect(const std::string& path) {
  std::string wrong;
  for (int attempt = 0; attempt < patience_.attempts; ++attempt) {
    wrong = open(path);
    if (!wrong.empty()) {
      return wrong;
    }
    std::string text;
    max_output_len_ = kGreetingLength;
    if (receive(text)) {
      const auto greeting = parse_greeting(text);
      if (!greeting) {
        return "is not a DPDK telemetry socket";
      }
      max_output_len_ = std::min(greeting->max_output_len, kMaxReplyLength);
      try {
        return exchange(kInfo, "").known ? "" : "is a DPDK program, but not mcswitch";
      } catch (const Failure& failure) {
        return failure.what();
      }
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return "does not answer";
    }
    wrong = "has too many clients";
    pause();
  }
  return wrong;
}

bool Client::receive(std::string& text) {
  text.resize(max_output_len_ + 1);
  // With MSG_TRUNC the true length comes back, so that a cut message is seen.
  const ssize_t length = uninterrupted([&] { return ::recv(socket_, text.data(), text.size(), MSG_TRUNC); });
  if (length == 0) {
    errno = ECONNRESET;
  }
  if (length <= 0) {
    return false;
  }
  text.resize(std::min(static_cast<std::size_t>(length), text.size()));
  return true;
}

bool Client::send(const std::string& text) {
  const ssize_t length =
      uninterrupted([&] { return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); });
  return length == static_cast<ssize_t>(text.size());
}

Reply Client::exchange(const std::string& command, const std::string& params) {
  std::string trouble;
  int unknown = 0;
  for (int attempt = 0; attempt < patience_.attempts; ++attempt) {
    if (attempt > 0) {
      pause();
    }
    ++tag_;
    std::string text;
    if (!send(command + "," + with_param(params, "tag", std::to_string(tag_))) || !receive(text)) {
      throw Failure{kExitNoSwitch, errno == EAGAIN || errno == EWOULDBLOCK
                                       ? "the switch does not answer"
                                       : std::string{"the switch has closed the connection"}};
    }
    auto reply = parse_reply(text, command);
    if (reply && !reply->known) {
      // Garbling can make a command unknown, but not time and again.
      if (++unknown == kUnknownIsTrue) {
        return std::move(*reply);
      }
      trouble = "unknown command";
    } else if (!reply || (reply->tag != tag_ && reply->error_kind != "stopping")) {
      trouble = "its replies are garbled";
    } else if (reply->error_kind == "busy" || reply->error_kind == "internal") {
      trouble = reply->error;
    } else {
      return std::move(*reply);
    }
  }
  throw Failure{kExitNoSwitch, "the switch gives no answer to " + command + ": " + trouble};
}

Reply Client::ask(const std::string& command, const std::string& params) {
  Reply reply = exchange(command, params);
  if (!reply.known) {
    throw Failure{kExitNoSwitch, "the running switch does not know " + command + ": another version?"};
  }
  if (!reply.error.empty()) {
    throw Failure{reply.error_kind == "usage" ? kExitWrongUsage : kExitNoSwitch, reply.error};
  }
  return reply;
}

void Client::ask_all(const std::string& command, const std::string& params,
                     const std::function<void(Reply)>& take_page) {
  Reply page = ask(command, params);
  const std::vector<std::string> columns = page.columns;
  std::optional<std::uint64_t> next = page.next;
  take_page(std::move(page));
  while (next) {
    page = ask(command, with_param(params, "after", std::to_string(*next)));
    if (page.columns != columns || (page.next && *page.next <= *next)) {
      throw Failure{kExitNoSwitch, "the pages of " + command + " do not fit together"};
    }
    next = page.next;
    take_page(std::move(page));
  }
}

}  // namespace mcswitch::mcsctl
