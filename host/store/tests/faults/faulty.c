/*
 * A disk that fails on demand, and one that tells what was done to it: to be preloaded (ld.so(8), LD_PRELOAD).
 *
 * FAULTY_CONTROL names a file of 64-bit numbers, `struct control`, which whoever runs the test changes at any time. Of the calls and
 * files that it selects, `skip` succeed, and the next `count` fail with `error`, or write only half where that is 0. Where `end`
 * is not 0, only reads that touch the bytes of the file from `begin` to before `end` are selected.
 *
 * FAULTY_LOG names a file to which every call that changes or syncs a file is appended, in the order in which they took
 * effect: one call at a time is let through.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, READ = 8 };
enum { DATABASE = 1, LOG = 2, INDEX = 4, ACKNOWLEDGED = 8 };

struct control {
    int64_t calls, files, skip, count, error;
    /* Calls that were selected, and those that failed. */
    int64_t seen, failed;
    int64_t begin, end;
};

struct record {
    uint32_t call, file;
    int64_t offset, length;
};

static struct control *control;
static int log_fd = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type)                                       \
    static type real;                                          \
    if (!real) {                                               \
        real = (type)dlsym(RTLD_NEXT, name);                   \
    }

typedef ssize_t (*write_type)(int, const void *, size_t);
typedef ssize_t (*pwrite_type)(int, const void *, size_t, off64_t);
typedef ssize_t (*read_type)(int, void *, size_t);
typedef ssize_t (*pread_type)(int, void *, size_t, off64_t);
typedef int (*sync_type)(int);
typedef int (*truncate_type)(int, off64_t);

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAULTY_CONTROL");
    if (name) {
        int fd = open(name, O_RDWR | O_CLOEXEC);
        void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED) {
            perror(name);
            _exit(90);
        }
        control = at;
    }
    name = getenv("FAULTY_LOG");
    if (name && (log_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0) {
        perror(name);
        _exit(90);
    }
}

/* Which of the files that matter it is; 0 for any other. */
static int file_of(int fd)
{
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length <= 0) {
        return 0;
    }
    name[length] = 0;
    const char *base = strrchr(name, '/');
    if (!base) {
        return 0;
    }
    static const char *const names[] = { "/autobot.db", "/autobot.db-wal", "/autobot.db-shm", "/acknowledged" };
    for (int at = 0; at < 4; at++) {
        if (!strcmp(base, names[at])) {
            return 1 << at;
        }
    }
    return 0;
}

/* Whether this call is to fail; the caller has the turn. */
static int fails(int call, int file)
{
    if (!control || !(control->calls & call) || !(control->files & file)) {
        return 0;
    }
    control->seen++;
    if (control->skip > 0) {
        control->skip--;
        return 0;
    }
    if (control->count <= 0) {
        return 0;
    }
    control->count--;
    control->failed++;
    return 1;
}

static void note(int call, int file, int64_t offset, int64_t length, const void *data)
{
    REAL("write", write_type)
    struct record record = { (uint32_t)call, (uint32_t)file, offset, length };
    if (log_fd < 0) {
        return;
    }
    if (real(log_fd, &record, sizeof record) != sizeof record || (data && real(log_fd, data, (size_t)length) != length)) {
        perror("the log of calls");
        _exit(90);
    }
}

static ssize_t write_at(int fd, int file, const void *data, size_t length, off64_t offset, int seeks)
{
    REAL("write", write_type)
    static pwrite_type real_at;
    if (!real_at) {
        real_at = (pwrite_type)dlsym(RTLD_NEXT, "pwrite64");
    }
    pthread_mutex_lock(&turn);
    int error = 0;
    if (fails(WRITE, file)) {
        error = (int)control->error;
        length = error ? 0 : (length + 1) / 2;
    }
    ssize_t wrote = -1;
    if (error) {
        errno = error;
    } else {
        int64_t at = seeks ? (int64_t)lseek64(fd, 0, SEEK_CUR) : offset;
        wrote = seeks ? real(fd, data, length) : real_at(fd, data, length, offset);
        if (wrote > 0) {
            note(WRITE, file, at, wrote, data);
        }
    }
    pthread_mutex_unlock(&turn);
    return wrote;
}

ssize_t write(int fd, const void *data, size_t length)
{
    REAL("write", write_type)
    int file = file_of(fd);
    return file ? write_at(fd, file, data, length, 0, 1) : real(fd, data, length);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    REAL("pwrite64", pwrite_type)
    int file = file_of(fd);
    return file ? write_at(fd, file, data, length, offset, 0) : real(fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return pwrite64(fd, data, length, offset);
}

static int read_fails(int fd, int64_t at, size_t length)
{
    int file = control ? file_of(fd) : 0;
    if (!file || (control->end && (at >= control->end || at + (int64_t)length <= control->begin))) {
        return 0;
    }
    pthread_mutex_lock(&turn);
    int failing = fails(READ, file);
    pthread_mutex_unlock(&turn);
    if (failing) {
        errno = EIO;
    }
    return failing;
}

ssize_t read(int fd, void *data, size_t length)
{
    REAL("read", read_type)
    return read_fails(fd, (int64_t)lseek64(fd, 0, SEEK_CUR), length) ? -1 : real(fd, data, length);
}

ssize_t pread64(int fd, void *data, size_t length, off64_t offset)
{
    REAL("pread64", pread_type)
    return read_fails(fd, offset, length) ? -1 : real(fd, data, length, offset);
}

ssize_t pread(int fd, void *data, size_t length, off_t offset)
{
    return pread64(fd, data, length, offset);
}

static int synced(int fd, sync_type real)
{
    int file = file_of(fd);
    if (!file) {
        return real(fd);
    }
    pthread_mutex_lock(&turn);
    int result = 0;
    if (fails(SYNC, file)) {
        errno = (int)control->error;
        result = -1;
    } else {
        /* Where the calls are logged, the log is the disk. */
        result = log_fd < 0 ? real(fd) : 0;
        note(SYNC, file, 0, 0, NULL);
    }
    pthread_mutex_unlock(&turn);
    return result;
}

int fsync(int fd)
{
    REAL("fsync", sync_type)
    return synced(fd, real);
}

int fdatasync(int fd)
{
    REAL("fdatasync", sync_type)
    return synced(fd, real);
}

int ftruncate64(int fd, off64_t length)
{
    REAL("ftruncate64", truncate_type)
    int file = file_of(fd);
    if (!file) {
        return real(fd, length);
    }
    pthread_mutex_lock(&turn);
    int result = -1;
    if (fails(TRUNCATE, file)) {
        errno = (int)control->error;
    } else {
        result = real(fd, length);
        if (!result) {
            note(TRUNCATE, file, 0, length, NULL);
        }
    }
    pthread_mutex_unlock(&turn);
    return result;
}

int ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}
