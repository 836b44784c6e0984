// Makes the writes of a process fail as a kernel would: with the error number that stands in the file named by FAILING_DISK, for
// as long as that file is there and not empty. "5 sync": only flushing fails. Only what lies in a folder "store" is touched, and not the
// two heading pages of lmdb's file: they have their place on a full disk, too, and where a broken one refuses just them lmdb gives up
// everything until it is opened anew (MDB_PANIC), which is another failure with another cure: a new start.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { headings = 2 * 4096 };

static int refusal(int file, int is_sync) {
  const char *path = getenv("FAILING_DISK");
  char name[4096], link[64], what[8] = "";
  FILE *asked;
  int number = 0;
  if (path == NULL || access(path, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  if (strstr(name, "/store/") == NULL) return 0;
  asked = fopen(path, "r");
  if (asked == NULL) return 0;
  if (fscanf(asked, "%d %7s", &number, what) < 1) number = 0;
  if (!is_sync && strcmp(what, "sync") == 0) number = 0;
  fclose(asked);
  return number;
}

#define REFUSE(file, is_sync) \
  int number = refusal(file, is_sync); \
  if (number != 0) { errno = number; return -1; }

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  if (at < headings) return next(file, bytes, count, at);
  REFUSE(file, 0)
  return next(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  ssize_t (*next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  if (at < headings) return next(file, bytes, count, at);
  REFUSE(file, 0)
  return next(file, bytes, count, at);
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t at) {
  ssize_t (*next)(int, const struct iovec *, int, off_t) = dlsym(RTLD_NEXT, "pwritev");
  REFUSE(file, 0)
  return next(file, pieces, count, at);
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t at) {
  ssize_t (*next)(int, const struct iovec *, int, off64_t) = dlsym(RTLD_NEXT, "pwritev64");
  REFUSE(file, 0)
  return next(file, pieces, count, at);
}

ssize_t write(int file, const void *bytes, size_t count) {
  ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  REFUSE(file, 0)
  return next(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
  ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
  REFUSE(file, 0)
  return next(file, pieces, count);
}

int fdatasync(int file) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fdatasync");
  REFUSE(file, 1)
  return next(file);
}

int fsync(int file) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fsync");
  REFUSE(file, 1)
  return next(file);
}
