// Makes the writes of a process fail as a kernel would: with the error number that stands in the file named by FAILING_DISK, for
// as long as that file is there and not empty. "5 sync": only flushing fails. Only what lies in a folder "store" is touched, and not the
// two heading pages of lmdb's file: they have their place on a full disk, too, and where a broken one refuses just them ("5 headings")
// lmdb gives up everything until it is opened anew (MDB_PANIC), which is another failure with another cure: a new start.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { headings = 2 * 4096 };
enum kind { data, sync_only, heading };

static int refusal(int file, enum kind kind) {
  const char *path = getenv("FAILING_DISK");
  char name[4096], link[64], what[9] = "";
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
  if (fscanf(asked, "%d %8s", &number, what) < 1) number = 0;
  fclose(asked);
  if (strcmp(what, "headings") == 0) return kind == heading ? number : 0;
  if (kind == heading || (kind == data && strcmp(what, "sync") == 0)) return 0;
  return number;
}

#define REFUSE(file, kind) \
  int number = refusal(file, kind); \
  if (number != 0) { errno = number; return -1; }

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  REFUSE(file, at < headings ? heading : data)
  return next(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  ssize_t (*next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  REFUSE(file, at < headings ? heading : data)
  return next(file, bytes, count, at);
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t at) {
  ssize_t (*next)(int, const struct iovec *, int, off_t) = dlsym(RTLD_NEXT, "pwritev");
  REFUSE(file, data)
  return next(file, pieces, count, at);
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t at) {
  ssize_t (*next)(int, const struct iovec *, int, off64_t) = dlsym(RTLD_NEXT, "pwritev64");
  REFUSE(file, data)
  return next(file, pieces, count, at);
}

ssize_t write(int file, const void *bytes, size_t count) {
  ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  REFUSE(file, data)
  return next(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
  ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
  REFUSE(file, data)
  return next(file, pieces, count);
}

int fdatasync(int file) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fdatasync");
  REFUSE(file, sync_only)
  return next(file);
}

int fsync(int file) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fsync");
  REFUSE(file, sync_only)
  return next(file);
}
