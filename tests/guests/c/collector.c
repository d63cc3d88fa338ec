/* A collector in C: the load and the number of processors, by the capability `cpu`. */
#include "autobot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const ab_family families[] = {
    {AB_TEXT("c_load"), AB_TEXT("1"), AB_GAUGE, AB_TEXT("Load over one minute."), {0}},
    {AB_TEXT("c_cores"), AB_TEXT("1"), AB_GAUGE, AB_TEXT("Processors that are online."), {0}},
};
static const ab_manifest manifest = {
    .name = AB_TEXT("c"),
    .version = AB_TEXT("0.1.0"),
    .description = AB_TEXT("Load, measured in C."),
    .families = AB_LIST(families),
    .interval_ms = 1000,
};
static uint32_t handles[2];

const ab_manifest *describe(void) { return &manifest; }

const ab_configured *configure(char *json, size_t length) {
  static ab_configured done;
  printf("settings: %.*s\n", (int)length, json);
  free(json);

  /* Files are not to be had this way; the capability `files` is the way. */
  FILE *file = fopen("/etc/hostname", "r");
  if (file) {
    fclose(file);
    done = (ab_configured){1, AB_TEXT("a file was opened, which must not be")};
    return &done;
  }
  fprintf(stderr, "no file: %s\n", strerror(errno));

  const ab_series series[] = {{AB_TEXT("c_load"), {0}}, {AB_TEXT("c_cores"), {0}}};
  ab_handles registered;
  ab_register(series, 2, &registered);
  if (registered.is_error) {
    done = (ab_configured){1, registered.error.text};
    return &done;
  }
  memcpy(handles, registered.handles.items, sizeof handles);
  free(registered.handles.items);
  return &done;
}

const ab_result *collect(uint64_t at) {
  static ab_result done;
  ab_cpu_result read;
  ab_cpu_read(&read);
  if (read.is_error) {
    done = (ab_result){1, read.error};
    return &done;
  }
  double values[] = {read.cpu.load1, (double)read.cpu.cores.count};
  free(read.cpu.cores.items);
  printf("at %llu the load is %.2f\n", (unsigned long long)at, values[0]);
  ab_emit(handles, 2, values, 2, &done);
  return &done;
}
