// The header as C++ sees it: it compiles without a warning, and its names are of C.
#include <loom.h>

static_assert(LOOM_OK == 0, "a C++ program may test a status as it does in C");
static_assert(sizeof(loom_status) == sizeof(int32_t), "a status is 32 bits");

int main() {
  loom_handle handle = 0;
  loom_string error{};
  const char url[] = "memory:";
  loom_status status = loom_open(url, sizeof url - 1, &handle, &error);
  if (status != LOOM_OK || loom_status_next(status) != LOOM_NEXT_NOTHING) return 1;
  loom_store_vtable vtable{};
  vtable.size = sizeof vtable;
  loom_handle none = 0;
  if (loom_open_store(&vtable, nullptr, &none, &error) != LOOM_MISSING_FIELD) return 2;
  loom_free(&error);
  return loom_close(handle, nullptr);
}
