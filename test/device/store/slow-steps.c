// Makes what a process does to names in folders slow by chance, up to 2 ms before each step, so that two processes meet between two
// steps of each other in seconds and not once in a year.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void linger(void) {
  static unsigned seed = 0;
  if (seed == 0) seed = (unsigned)getpid();
  if (rand_r(&seed) % 2 == 0) usleep((unsigned)rand_r(&seed) % 2000);
}

#define STEP(name) \
  int name(const char *one, const char *other) { \
    int (*next)(const char *, const char *) = dlsym(RTLD_NEXT, #name); \
    linger(); \
    return next(one, other); \
  }

STEP(symlink)
STEP(link)
STEP(rename)

int unlink(const char *path) {
  int (*next)(const char *) = dlsym(RTLD_NEXT, "unlink");
  linger();
  return next(path);
}
