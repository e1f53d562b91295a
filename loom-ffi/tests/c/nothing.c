/* Does nothing and leaks nothing: tells whether leaks can be looked for on this machine. */
#include <loom.h>

int main(void) { return LOOM_OK; }
