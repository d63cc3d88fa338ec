/* A library with NVML's own interface and no hardware: it answers from a text file that a test writes.
 *
 * The file's name is in the environment as FAKE_NVML_STATE, else it is compiled in as STATE_FILE. It is read anew at each
 * call, so that the world may change between two of them. Its lines are `DEVICE KEY VALUES`, where DEVICE is a number, `*`
 * for each, or `-` for what belongs to no device:
 *
 *   - driver 580.82.07          - cuda 13000        - devices 2
 *   - init 9                    what nvmlInit_v2 returns (NVML's numbers of errors), 0 when it is not there
 *   - hang /path/of/a/fifo      counting the devices waits there until somebody opens it to write
 *   - process.4242 /usr/bin/x   the name of a process
 *   0 lost                      this device fell off the bus
 *   0 clock.1 2100              clocks, thresholds, fields ... by NVML's number of them
 *   0 compute 4242 1024         a process and its bytes, `-` for those that nobody knows; `graphics` likewise
 *   0 sample 4242 1700 50 20    a process, microseconds, percentages of multiprocessors and of memory
 *
 * Of several lines for one thing the first counts; what stands nowhere is not supported. A value of `!999` has the function
 * return NVML's error of that number; that of `devices` and of a list of processes too. */

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK 0
#define UNINITIALIZED 1
#define INVALID_ARGUMENT 2
#define NOT_SUPPORTED 3
#define NOT_FOUND 6
#define INSUFFICIENT_SIZE 7
#define GPU_IS_LOST 15

#define NOWHERE (-1)
#define EXPORT __attribute__((visibility("default")))

typedef unsigned int u32;
typedef unsigned long long u64;
typedef int Return;
typedef struct device *Device;

static int begun;

/* Calls `each` with what stands behind KEY in the lines of a device, until it gives something else than 0. */
static int lines(int device, const char *key, int (*each)(const char *values, void *into), void *into) {
    const char *path = getenv("FAKE_NVML_STATE");
#ifdef STATE_FILE
    if (path == NULL) path = STATE_FILE;
#endif
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (file == NULL) return 0;
    char line[1024], owner[32], name[64];
    int done = 0, behind;
    while (!done && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%31s %63s%n", owner, name, &behind) != 2 || strcmp(name, key) != 0) continue;
        int mine = device == NOWHERE ? strcmp(owner, "-") == 0
                                     : strcmp(owner, "*") == 0 || (*owner != '-' && atoi(owner) == device);
        const char *values = line + behind;
        while (*values == ' ') values++;
        if (mine) done = each(values, into);
    }
    fclose(file);
    return done;
}

struct text {
    char *into;
    u32 size;
};

static int copy(const char *values, void *into) {
    struct text *text = into;
    snprintf(text->into, text->size, "%s", values);
    return 1;
}

static int text(int device, const char *key, char *into, u32 size) {
    struct text text = {into, size};
    return lines(device, key, copy, &text);
}

/* The error that stands in the place of a value. */
static Return error_in(const char *value) {
    return *value == '!' ? atoi(value + 1) : OK;
}

static int index_of(Device device) {
    return (int)(size_t)device - 1;
}

/* Whether the device answers at all. */
static Return alive(Device device) {
    char ignored[8];
    if (!begun) return UNINITIALIZED;
    if (device == NULL) return INVALID_ARGUMENT;
    return text(index_of(device), "lost", ignored, sizeof ignored) ? GPU_IS_LOST : OK;
}

static Return values_of(Device device, const char *key, char *into, u32 size) {
    Return answer = alive(device);
    if (answer != OK) return answer;
    return text(index_of(device), key, into, size) ? error_in(into) : NOT_SUPPORTED;
}

static Return long_number(Device device, const char *key, u64 *into) {
    char value[64];
    Return answer = values_of(device, key, value, sizeof value);
    if (answer == OK) *into = strtoull(value, NULL, 10);
    return answer;
}

static Return number(Device device, const char *key, u32 *into) {
    u64 value;
    Return answer = long_number(device, key, &value);
    if (answer == OK) *into = (u32)value;
    return answer;
}

static Return numbered(Device device, const char *key, u32 of, u32 *into) {
    char name[64];
    snprintf(name, sizeof name, "%s.%u", key, of);
    return number(device, name, into);
}

EXPORT Return nvmlInit_v2(void) {
    char value[16] = "0";
    text(NOWHERE, "init", value, sizeof value);
    Return answer = atoi(value);
    if (answer == OK) begun++;
    return answer;
}

EXPORT Return nvmlShutdown(void) {
    if (!begun) return UNINITIALIZED;
    begun--;
    return OK;
}

EXPORT const char *nvmlErrorString(Return error) {
    return error == OK ? "Success" : "Failure";
}

EXPORT Return nvmlSystemGetDriverVersion(char *version, u32 size) {
    if (!begun) return UNINITIALIZED;
    return text(NOWHERE, "driver", version, size) ? OK : NOT_SUPPORTED;
}

EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int *version) {
    char value[32];
    if (!begun) return UNINITIALIZED;
    if (!text(NOWHERE, "cuda", value, sizeof value)) return NOT_SUPPORTED;
    *version = atoi(value);
    return OK;
}

EXPORT Return nvmlSystemGetCudaDriverVersion(int *version) {
    return nvmlSystemGetCudaDriverVersion_v2(version);
}

EXPORT Return nvmlSystemGetProcessName(u32 process, char *name, u32 size) {
    char key[64];
    snprintf(key, sizeof key, "process.%u", process);
    return text(NOWHERE, key, name, size) ? OK : NOT_FOUND;
}

static u32 count(void) {
    char value[32] = "0";
    text(NOWHERE, "devices", value, sizeof value);
    return (u32)atoi(value);
}

EXPORT Return nvmlDeviceGetCount_v2(u32 *devices) {
    char fifo[512];
    if (!begun) return UNINITIALIZED;
    if (text(NOWHERE, "hang", fifo, sizeof fifo)) {
        int held = open(fifo, O_RDONLY);
        if (held >= 0) close(held);
    }
    char value[32] = "0";
    text(NOWHERE, "devices", value, sizeof value);
    *devices = count();
    return error_in(value);
}

EXPORT Return nvmlDeviceGetHandleByIndex_v2(u32 index, Device *device) {
    if (!begun) return UNINITIALIZED;
    if (index >= count()) return INVALID_ARGUMENT;
    *device = (Device)((size_t)index + 1);
    return alive(*device);
}

EXPORT Return nvmlDeviceGetName(Device device, char *name, u32 size) {
    return values_of(device, "name", name, size);
}

EXPORT Return nvmlDeviceGetUUID(Device device, char *uuid, u32 size) {
    return values_of(device, "uuid", uuid, size);
}

struct pci_info {
    char legacy[16];
    u32 domain, bus, device, device_id, subsystem_id;
    char place[32];
};

EXPORT Return nvmlDeviceGetPciInfo_v3(Device device, struct pci_info *info) {
    memset(info, 0, sizeof *info);
    return values_of(device, "bus", info->place, sizeof info->place);
}

struct memory {
    u64 total, free, used;
};

struct memory_v2 {
    u32 version;
    u64 total, reserved, free, used;
};

/* `memory TOTAL RESERVED USED` */
EXPORT Return nvmlDeviceGetMemoryInfo_v2(Device device, struct memory_v2 *memory) {
    char value[96];
    if (memory->version != (sizeof *memory | 2u << 24)) return INVALID_ARGUMENT;
    Return answer = values_of(device, "memory", value, sizeof value);
    if (answer != OK) return answer;
    sscanf(value, "%llu %llu %llu", &memory->total, &memory->reserved, &memory->used);
    memory->free = memory->total - memory->reserved - memory->used;
    return OK;
}

EXPORT Return nvmlDeviceGetMemoryInfo(Device device, struct memory *memory) {
    struct memory_v2 newer = {.version = sizeof newer | 2u << 24};
    Return answer = nvmlDeviceGetMemoryInfo_v2(device, &newer);
    if (answer != OK) return answer;
    *memory = (struct memory){newer.total, newer.free, newer.used + newer.reserved};
    return OK;
}

/* `bar1 TOTAL USED` */
EXPORT Return nvmlDeviceGetBAR1MemoryInfo(Device device, struct memory *memory) {
    char value[96];
    Return answer = values_of(device, "bar1", value, sizeof value);
    if (answer != OK) return answer;
    sscanf(value, "%llu %llu", &memory->total, &memory->used);
    memory->free = memory->total - memory->used;
    return OK;
}

static Return pair(Device device, const char *key, u32 *first, u32 *second) {
    char value[64];
    Return answer = values_of(device, key, value, sizeof value);
    if (answer == OK) sscanf(value, "%u %u", first, second);
    return answer;
}

EXPORT Return nvmlDeviceGetUtilizationRates(Device device, u32 rates[2]) {
    return pair(device, "utilization", &rates[0], &rates[1]);
}

EXPORT Return nvmlDeviceGetEncoderUtilization(Device device, u32 *share, u32 *period) {
    return pair(device, "encoder", share, period);
}

EXPORT Return nvmlDeviceGetDecoderUtilization(Device device, u32 *share, u32 *period) {
    return pair(device, "decoder", share, period);
}

#define NUMBER(function, key) \
    EXPORT Return function(Device device, u32 *value) { return number(device, key, value); }
#define NUMBERED(function, key) \
    EXPORT Return function(Device device, u32 of, u32 *value) { return numbered(device, key, of, value); }
#define LONG_NUMBER(function, key) \
    EXPORT Return function(Device device, u64 *value) { return long_number(device, key, value); }

NUMBERED(nvmlDeviceGetTemperature, "temperature")
NUMBERED(nvmlDeviceGetTemperatureThreshold, "threshold")
NUMBER(nvmlDeviceGetNumFans, "fans")
NUMBERED(nvmlDeviceGetFanSpeed_v2, "fan")
NUMBER(nvmlDeviceGetPowerUsage, "power")
NUMBER(nvmlDeviceGetPowerManagementLimit, "limit")
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, "default_limit")
NUMBER(nvmlDeviceGetEnforcedPowerLimit, "enforced_limit")
LONG_NUMBER(nvmlDeviceGetTotalEnergyConsumption, "energy")
NUMBERED(nvmlDeviceGetClockInfo, "clock")
NUMBERED(nvmlDeviceGetMaxClockInfo, "max_clock")
NUMBER(nvmlDeviceGetPerformanceState, "state")
LONG_NUMBER(nvmlDeviceGetCurrentClocksThrottleReasons, "reasons")
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, "generation")
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, "width")
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, "max_generation")
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, "max_width")
NUMBERED(nvmlDeviceGetPcieThroughput, "throughput")
NUMBER(nvmlDeviceGetPcieReplayCounter, "replays")
NUMBER(nvmlDeviceGetPersistenceMode, "persistence")

/* `ecc.ERROR.COUNTER NUMBER`: 0 corrected, 1 not; 0 since the driver was loaded, 1 ever. */
EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, u32 error, u32 counter, u64 *errors) {
    char key[64];
    snprintf(key, sizeof key, "ecc.%u.%u", error, counter);
    return long_number(device, key, errors);
}

/* `retired.CAUSE COUNT` */
EXPORT Return nvmlDeviceGetRetiredPages_v2(Device device, u32 cause, u32 *size, u64 *addresses, u64 *times) {
    u32 pages;
    Return answer = numbered(device, "retired", cause, &pages);
    if (answer != OK) return answer;
    int fits = *size >= pages;
    *size = pages;
    if (!fits) return INSUFFICIENT_SIZE;
    for (u32 page = 0; page < pages; page++) {
        addresses[page] = page;
        if (times != NULL) times[page] = page;
    }
    return OK;
}

EXPORT Return nvmlDeviceGetRetiredPages(Device device, u32 cause, u32 *size, u64 *addresses) {
    return nvmlDeviceGetRetiredPages_v2(device, cause, size, addresses, NULL);
}

struct field {
    u32 id, scope;
    long long at, latency;
    u32 type;
    Return answer;
    union {
        double real;
        u32 number;
        u64 long_number;
    } value;
};

/* `field.ID NUMBER` */
EXPORT Return nvmlDeviceGetFieldValues(Device device, int size, struct field *fields) {
    Return answer = alive(device);
    if (answer != OK) return answer;
    for (int at = 0; at < size; at++) {
        fields[at].type = 1; /* unsigned int */
        fields[at].answer = numbered(device, "field", fields[at].id, &fields[at].value.number);
    }
    return OK;
}

struct process {
    u32 id;
    u64 bytes;
    u32 gpu_instance, compute_instance;
};

struct processes {
    struct process *into;
    u32 size, found;
};

static int add_process(const char *values, void *into) {
    struct processes *all = into;
    char bytes[32] = "-";
    struct process one = {.gpu_instance = ~0u, .compute_instance = ~0u};
    sscanf(values, "%u %31s", &one.id, bytes);
    one.bytes = *bytes == '-' ? ~0ull : strtoull(bytes, NULL, 10);
    if (all->found < all->size && all->into != NULL) all->into[all->found] = one;
    all->found++;
    return 0;
}

static Return running(Device device, const char *key, u32 *size, struct process *into) {
    Return answer = alive(device);
    if (answer != OK) return answer;
    char first[16] = "";
    text(index_of(device), key, first, sizeof first);
    answer = error_in(first);
    if (answer != OK) return answer;
    struct processes all = {into, *size, 0};
    lines(index_of(device), key, add_process, &all);
    *size = all.found;
    return all.found > all.size ? INSUFFICIENT_SIZE : OK;
}

EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, u32 *size, struct process *into) {
    return running(device, "compute", size, into);
}

EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, u32 *size, struct process *into) {
    return running(device, "graphics", size, into);
}

struct sample {
    u32 id;
    u64 at;
    u32 multiprocessors, memory, encoder, decoder;
};

struct samples {
    struct sample *into;
    u32 size, found;
    u64 since;
};

static int add_sample(const char *values, void *into) {
    struct samples *all = into;
    struct sample one = {0};
    if (sscanf(values, "%u %llu %u %u", &one.id, &one.at, &one.multiprocessors, &one.memory) != 4) return 0;
    if (one.at <= all->since) return 0;
    if (all->found < all->size && all->into != NULL) all->into[all->found] = one;
    all->found++;
    return 0;
}

/* `samples` in a line of its own says that the device takes them. */
EXPORT Return nvmlDeviceGetProcessUtilization(Device device, struct sample *into, u32 *size, u64 since) {
    char ignored[8];
    Return answer = values_of(device, "samples", ignored, sizeof ignored);
    if (answer != OK) return answer;
    struct samples all = {into, into == NULL ? 0 : *size, 0, since};
    lines(index_of(device), "sample", add_sample, &all);
    *size = all.found;
    if (all.found == 0) return NOT_FOUND;
    return all.found > all.size ? INSUFFICIENT_SIZE : OK;
}
