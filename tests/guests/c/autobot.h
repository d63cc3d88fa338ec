/* The plugin interface of AutoBot host for C: the part of plugin-sdk/wit that this collector uses, written down as the
 * canonical ABI lays it out. On wasm32 a record is a struct, a string or a list is a pointer and a length, a result is a
 * flag before a union. To use more of the interface, add to it in the same way, or generate all of it:
 * `wit-bindgen c plugin-sdk/wit --world collector`.
 *
 * Include it in one file. What the host hands over was got from `malloc` and is yours to `free`. */
#pragma once
#include <stdint.h>
#include <stdlib.h>

#define AB_IMPORT(interface, function) \
  __attribute__((import_module("autobot:plugin/" interface "@0.1.0"), import_name(function)))
#define AB_EXPORT(function) __attribute__((export_name(function)))

typedef struct { const char *text; size_t length; } ab_string;
/* A string of the source; and a list of it. */
#define AB_TEXT(literal) { literal, sizeof(literal) - 1 }
#define AB_LIST(array) { array, sizeof(array) / sizeof(array[0]) }

/* ---- types.wit ---- */

enum ab_kind { AB_GAUGE, AB_COUNTER };
typedef struct {
  ab_string name, unit;
  uint8_t kind;
  ab_string help;
  struct { const ab_string *items; size_t count; } labels;
} ab_family;
typedef struct {
  ab_string name, version, description;
  struct { const ab_family *items; size_t count; } families;
  uint8_t dynamic_families;
  ab_string config_schema;
  uint32_t interval_ms;
} ab_manifest;

enum ab_error_kind { AB_NOT_PRESENT, AB_DENIED, AB_TIMEOUT, AB_UNREACHABLE, AB_INVALID, AB_TOO_LARGE, AB_FAILED };
typedef struct { uint8_t kind; ab_string text; } ab_error;
typedef struct { uint8_t is_error; ab_error error; } ab_result;

/* ---- emit.wit ---- */

typedef struct { ab_string name, value; } ab_label;
typedef struct {
  ab_string family;
  struct { const ab_label *items; size_t count; } labels;
} ab_series;
typedef struct {
  uint8_t is_error;
  union { struct { uint32_t *items; size_t count; } handles; ab_error error; };
} ab_handles;

AB_IMPORT("emit", "register") void ab_register(const ab_series *series, size_t count, ab_handles *result);
AB_IMPORT("emit", "emit-columns")
void ab_emit(const uint32_t *handles, size_t count, const double *values, size_t value_count, ab_result *result);

/* ---- system.wit ---- */

typedef struct { uint64_t user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; } ab_cpu_times;
typedef struct { uint32_t id; ab_cpu_times times; } ab_core;
typedef struct {
  ab_cpu_times total;
  struct { ab_core *items; size_t count; } cores;
  double load1, load5, load15;
  uint64_t context_switches;
  uint32_t runnable, blocked;
} ab_cpu;
typedef struct {
  uint8_t is_error;
  union { ab_cpu cpu; ab_error error; };
} ab_cpu_result;

AB_IMPORT("cpu", "read") void ab_cpu_read(ab_cpu_result *result);

/* ---- world.wit: what the collector defines ---- */

AB_EXPORT("describe") const ab_manifest *describe(void);
/* The error is one sentence for the operator; `json` is yours to free. */
typedef struct { uint8_t is_error; ab_string error; } ab_configured;
AB_EXPORT("configure") const ab_configured *configure(char *json, size_t length);
AB_EXPORT("collect") const ab_result *collect(uint64_t at);

/* How the host gets memory to hand something over. */
AB_EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size) {
  (void)old_size;
  (void)alignment; /* malloc aligns to 16, which is enough for every type of the interface */
  void *memory = realloc(old, size);
  if (!memory && size) abort();
  return memory;
}
