// SPDX-License-Identifier: BSD-3-Clause
//
// Arrays for large tables. A lookup in a table of tens of megabytes goes to another page nearly every time,
// and with pages of 4 KB the walk through the page tables costs as much as the lookup. So arrays of 2 MB and
// more are aligned to 2 MB, and the kernel is asked for huge pages (madvise(2), MADV_HUGEPAGE; it gives them
// where /sys/kernel/mm/transparent_hugepage/enabled says "madvise" or "always", and small ones elsewhere).
//
// Threads: made and ended by one. Throws std::bad_alloc. All elements are there, default-constructed, and in
// memory when the function returns.

#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace mcswitch {

struct LargeArrayDeleter {
  std::size_t mapped = 0;           // bytes; 0: from operator new
  void* start = nullptr;            // of the mapping
  std::align_val_t alignment{128};  // two cache lines: what many processors fetch together

  template <typename T>
  void operator()(T* array) const noexcept {
    static_assert(std::is_trivially_destructible_v<T>);
    if (mapped != 0) {
      munmap(start, mapped);
    } else {
      ::operator delete(static_cast<void*>(array), alignment);
    }
  }
};

template <typename T>
using LargeArray = std::unique_ptr<T[], LargeArrayDeleter>;

template <typename T>
LargeArray<T> make_large_array(std::size_t count) {
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  const std::size_t size = count * sizeof(T);
  LargeArrayDeleter deleter;
  void* memory = nullptr;
  if (size < kHuge) {
    memory = ::operator new(size == 0 ? 1 : size, deleter.alignment);
  } else {
    deleter.mapped = size + kHuge;
    deleter.start = mmap(nullptr, deleter.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (deleter.start == MAP_FAILED) {
      throw std::bad_alloc{};
    }
    std::size_t room = deleter.mapped;
    memory = deleter.start;
    std::align(kHuge, size, memory, room);
    madvise(memory, size, MADV_HUGEPAGE);  // a wish; without it everything is as before
  }
  return LargeArray<T>{new (memory) T[count]{}, deleter};
}

}  // namespace mcswitch
