/* Asks C's library for everything that a sandbox might leak, and prints what it gets. */
#include "../c/autobot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const ab_manifest manifest = {
    .name = AB_TEXT("c_probe"),
    .version = AB_TEXT("0.1.0"),
    .description = AB_TEXT("Looks for ways out."),
    .config_schema = AB_TEXT("{\"properties\": {\"exit\": {\"type\": \"boolean\"}}}"),
};

const ab_manifest *describe(void) { return &manifest; }

static void said(const char *what, int failed) { printf("%s: %s\n", what, failed ? strerror(errno) : "had"); }

const ab_configured *configure(char *json, size_t length) {
  static const ab_configured done;
  if (length > 2) exit(3); /* not `{}` */
  free(json);

  said("read a file", open("/etc/passwd", O_RDONLY) < 0);
  said("write a file", open("/tmp/x", O_WRONLY | O_CREAT, 0600) < 0);
  said("list a folder", !opendir("/"));
  said("make a folder", mkdir("x", 0700) < 0);
  printf("environment: %s\n", environ && *environ ? *environ : "empty");
  printf("input: %s\n", getchar() == EOF ? "at its end" : "had");

  struct timespec before, after, today, pause = {.tv_nsec = 20 * 1000 * 1000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  said("sleep", nanosleep(&pause, NULL));
  clock_gettime(CLOCK_MONOTONIC, &after);
  clock_gettime(CLOCK_REALTIME, &today);
  long long slept = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
  printf("slept: %s\n", slept >= pause.tv_nsec ? "long enough" : "too briefly");
  printf("year: %s\n", today.tv_sec > 1700000000 ? "of today" : "wrong");

  unsigned char random[64] = {0}, zero[64] = {0};
  said("random", getentropy(random, sizeof random));
  printf("random: %s\n", memcmp(random, zero, sizeof zero) ? "not zero" : "zero");
  fputs("a line without an end", stdout);
  fflush(stdout);
  return &done;
}

const ab_result *collect(uint64_t at) {
  static const ab_result done;
  printf(", which ends later: %s\n", at ? "now" : "");
  return &done;
}
