/* The error idiom: what can fail returns a must-use `result`; TRY passes an error up, ENSURE makes
 * one. On error, outputs are unchanged. A broken invariant is an assert, never a result. */
#ifndef WATCHFIRE_BASE_RESULT_H
#define WATCHFIRE_BASE_RESULT_H

typedef enum result {
    OK = 0,
    ERR_RANGE,     /* a value is outside its stated range, or not finite */
    ERR_FORMAT,    /* bytes or text do not have the stated form */
    ERR_CANONICAL, /* well-formed, but not the one canonical form */
    ERR_FULL,      /* a stated capacity is used up */
    ERR_STATE,     /* not possible in this state, or out of order */
    ERR_NOT_FOUND, /* nothing has that name */
    ERR_DENIED,    /* a policy or a label forbids it */
    ERR_SIGNATURE, /* a signature, seal or digest does not verify */
    ERR_NUMERIC,   /* a computation did not converge, or a covariance is not positive definite */
    ERR_IO         /* the disk, the network or the operating system failed */
} result;

#define MUST_USE __attribute__((warn_unused_result))

#define TRY(expression)                          \
    do {                                         \
        const result try_result_ = (expression); \
        if (try_result_ != OK) {                 \
            return try_result_;                  \
        }                                        \
    } while (0)

#define ENSURE(condition, error) \
    do {                         \
        if (!(condition)) {      \
            return (error);      \
        }                        \
    } while (0)

/* A short English phrase for a result, for messages; static storage, never NULL. */
const char *result_text(result value);

#endif
