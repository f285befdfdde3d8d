/* The words of a warning. Times are told as the nation's clocks show them, always with the zone. */
#include "formats/public_warning.h"

#include <assert.h>
#include <string.h>

#include "base/utc.h"
#include "formats/glossary.h"

#define HEADLINE_PLACES_MAX 8
#define MINUTE_NS (60 * NS_PER_S)

/* The texts of each state: what the headline adds to the object's name, and what the description
 * says of the warning. */
struct state_words {
    const char *headline[LANGUAGE_COUNT];
    const char *reason[LANGUAGE_COUNT];
};

static const struct state_words WORDS[WARNING_STATE_COUNT] = {
    [WARNING_INITIAL] = {{": take shelter now", "：直ちに避難", ": 즉시 대피"}, {"", "", ""}},
    [WARNING_UPDATE] = {{", update: take shelter now", "（続報）：直ちに避難",
                         " (추가 정보): 즉시 대피"},
                        {"Newer measurements changed the areas or the times.",
                         "新たな観測により、対象地域又は時刻を更新しました。",
                         "새로운 관측에 따라 대상 지역 또는 시각을 갱신하였습니다."}},
    [WARNING_NARROWED] =
        {{", areas narrowed: take shelter now", "（対象地域の絞り込み）：直ちに避難",
          " (대상 지역 축소): 즉시 대피"},
         {"The areas at risk are now known more closely; the warning no longer "
          "holds for areas that are not named here.",
          "対象地域が絞り込まれました。ここに記載のない地域の警報は終了しました。",
          "대상 지역이 축소되었습니다. 여기에 없는 지역의 경보는 종료되었습니다."}},
    [WARNING_LOST_TRACK] = {{", track lost: stay in shelter", "（失探）：避難を継続",
                             " (항적 소실): 대피 유지"},
                            {"The object is no longer tracked (track lost). The warning stays in "
                             "force.",
                             "飛翔体を失探しました。警報は継続しています。",
                             "항적 소실로 더 이상 추적되지 않습니다. 경보는 계속 유효합니다."}},
    [WARNING_CANCEL] = {{": warning cancelled", "：警報の取消", ": 경보 취소"},
                        {"The warning is cancelled: no danger to these areas is expected any more.",
                         "警報を取消します。これらの地域への危険は見込まれなくなりました。",
                         "경보를 취소합니다. 이 지역에 대한 위험은 더 이상 예상되지 않습니다."}},
    [WARNING_ALL_CLEAR] = {{": all clear", "：警報の解除", ": 경보 해제"},
                           {"All clear: the danger is over.",
                            "警報を解除します。危険は去りました。",
                            "경보를 해제합니다. 위험이 끝났습니다."}},
    [WARNING_HANDED_OVER] = {{": another warning goes on", "：別の警報に引き継ぎ",
                              ": 다른 경보로 대체"},
                             {"Another warning about the same launch takes the place of this one "
                              "and is in force.",
                              "この警報は、同じ発射に関する別の警報に引き継がれました。"
                              "別の警報は有効です。",
                              "이 경보는 같은 발사에 대한 다른 경보로 대체되었습니다. "
                              "다른 경보는 유효합니다."}},
    [WARNING_EXPIRED] = {{": warning expired", "：警報の期限切れ", ": 경보 만료"},
                         {"The warning has run out. The object is no longer tracked, and the time "
                          "at which it could arrive has passed.",
                          "警報の期限が切れました。飛翔体は追尾されておらず、"
                          "到達し得る時刻は過ぎました。",
                          "경보 기한이 지났습니다. 발사체는 추적되지 않으며, "
                          "도달할 수 있는 시각이 지났습니다."}},
};

/* Where there was no object at all. */
static const char *const WAS_FALSE[LANGUAGE_COUNT] = {
    "The warning is cancelled: it was a false alarm, nothing was launched.",
    "警報を取消します。誤報であり、発射はありませんでした。",
    "경보를 취소합니다. 오경보이며 발사는 없었습니다."};

/* "EXERCISE: " in front of every text, where it is not live. */
static void add_mark(const struct public_warning *w, enum language language, struct text *out)
{
    static const char *const AROUND[LANGUAGE_COUNT][2] = {{"", ": "}, {"【", "】"}, {"[", "] "}};
    static const char *const ENGLISH[2] = {"EXERCISE", "TEST"};
    if (w->domain == DOMAIN_LIVE) {
        return;
    }
    const bool is_exercise = w->domain == DOMAIN_EXERCISE;
    const char *word = glossary_text(is_exercise ? TERM_EXERCISE : TERM_TEST, language);
    word = language == LANGUAGE_ENGLISH ? ENGLISH[is_exercise ? 0 : 1] : word;
    text_addf(out, "%s%s%s", AROUND[language][0], word, AROUND[language][1]);
}

/* What stands before, between and after parts of a sentence, in each language. */
struct frame {
    const char *before[LANGUAGE_COUNT];
    const char *between[LANGUAGE_COUNT];
    const char *after[LANGUAGE_COUNT];
};

static void add_framed(struct text *out, const struct frame *f, enum language language,
                       const char *first, const char *second)
{
    text_add(out, f->before[language]);
    text_add(out, first);
    text_add(out, f->between[language]);
    text_add(out, second);
    text_add(out, f->after[language]);
}

void public_headline(const struct public_warning *w, enum language language, struct text *out)
{
    static const char *const FIRST[LANGUAGE_COUNT] = {". ", "。", ". "};
    static const char *const NEXT[LANGUAGE_COUNT] = {", ", "、", ", "};
    static const char *const MORE[LANGUAGE_COUNT][2] = {
        {" and ", " more"}, {"、他", "地域"}, {" 외 ", "개 지역"}};
    const struct warning *warning = w->warning;
    assert(public_warning_is_one(warning->state));
    add_mark(w, language, out);
    text_add(out, language == LANGUAGE_ENGLISH ? "Possible ballistic missile"
                                               : glossary_text(TERM_POSSIBLE_MISSILE, language));
    text_add(out, WORDS[warning->state].headline[language]);
    uint32_t shown = 0;
    while (shown < warning->area_count && shown < HEADLINE_PLACES_MAX) {
        text_add(out, shown == 0 ? FIRST[language] : NEXT[language]);
        text_add(out, w->places[shown].names[language]);
        shown++;
    }
    if (shown < warning->area_count) {
        text_addf(out, "%s%u%s", MORE[language][0], warning->area_count - shown, MORE[language][1]);
    }
}

/* "07:22 JST", the minute that has begun at t. */
static const char *clock_text(const struct public_warning *w, struct instant t, char out[24])
{
    char time[UTC_TEXT_SIZE];
    struct text text = text_over(out, 24);
    (void)utc_format_zone(t, public_zone_min(w->nation), time);
    text_addf(&text, "%.5s %s", time + 11, public_zone_name(w->nation));
    return out;
}

static void add_launch(const struct public_warning *w, enum language language, struct text *out)
{
    static const struct frame FROM = {
        {"What may be a ballistic missile was launched from ", "", ""},
        {" at about ", "から", "에서 "},
        {". ", "頃、弾道ミサイルの可能性のあるものが発射されました。",
         "경 탄도미사일 추정 발사체가 발사되었습니다. "}};
    static const char *const SEEN[LANGUAGE_COUNT] = {
        "What may be a ballistic missile was detected. ",
        "弾道ミサイルの可能性のあるものが探知されました。",
        "탄도미사일 추정 발사체가 탐지되었습니다. "};
    char time[24];
    if (w->from[language] == NULL || !instant_is_set(w->launched)) {
        text_add(out, SEEN[language]);
        return;
    }
    add_framed(out, &FROM, language, w->from[language], clock_text(w, w->launched, time));
}

/* One line for an area: what may happen there, and when. */
static void add_area(const struct public_warning *w, uint32_t area, enum language language,
                     struct text *out)
{
    static const struct frame PASSES = {
        {"\n", "\n", "\n"},
        {": passes overhead at about ", "：", ": "},
        {".", "頃、上空を通過する見込みです。", "경 상공을 통과할 것으로 예상됩니다."}};
    static const struct frame PASSED = {
        {"\n", "\n", "\n"},
        {": passed overhead at about ", "：", ": "},
        {".", "頃、上空を通過したとみられます。", "경 상공을 통과한 것으로 보입니다."}};
    static const struct frame FALLS = {
        {"\n", "\n", "\n"},
        {": may come down here from about ", "：", ": "},
        {" on.", "頃以降、落下する可能性があります。", "경 이후 낙하할 가능성이 있습니다."}};
    static const char *const ANY_TIME[LANGUAGE_COUNT] = {": may come down here at any time.",
                                                         "：落下する可能性があります。",
                                                         ": 낙하할 가능성이 있습니다."};
    const struct warning_area *a = &w->warning->areas[area];
    const char *name = w->places[area].names[language];
    char time[24];
    if (public_area_may_be_hit(a) || !instant_is_set(a->overflight)) {
        if (instant_is_set(w->warning->impact)) {
            add_framed(out, &FALLS, language, name, clock_text(w, w->warning->impact, time));
        } else {
            text_add(out, "\n");
            text_add(out, name);
            text_add(out, ANY_TIME[language]);
        }
        return;
    }
    const bool has_passed = instant_before(a->overflight, w->warning->time);
    add_framed(out, has_passed ? &PASSED : &PASSES, language, name,
               clock_text(w, a->overflight, time));
}

static void add_expiry(const struct public_warning *w, enum language language, struct text *out)
{
    static const struct frame UNTIL = {{"\nIn force until ", "\nこの警報は", "\n이 경보는 "},
                                       {"", "", ""},
                                       {", unless another message changes that.",
                                        "まで有効です。ただし、続報により変わることがあります。",
                                        "까지 유효하며, 추가 정보에 따라 바뀔 수 있습니다."}};
    char time[24];
    const struct duration minute = {MINUTE_NS};
    const struct instant end =
        instant_plus(w->warning->expires, (struct duration){minute.ns - NS_PER_S});
    add_framed(out, &UNTIL, language, clock_text(w, end, time), "");
}

void public_description(const struct public_warning *w, enum language language, struct text *out)
{
    const struct warning *warning = w->warning;
    assert(public_warning_is_one(warning->state));
    add_mark(w, language, out);
    if (warning->state == WARNING_CANCEL && warning->was_false) {
        text_add(out, WAS_FALSE[language]);
        return;
    }
    add_launch(w, language, out);
    text_add(out, WORDS[warning->state].reason[language]);
    if (!warning_in_force(warning->state)) {
        return;
    }
    for (uint32_t i = 0; i < warning->area_count; i++) {
        add_area(w, i, language, out);
    }
    add_expiry(w, language, out);
}

void public_instruction(const struct public_warning *w, enum language language, struct text *out)
{
    static const char *const SHELTER[LANGUAGE_COUNT] = {
        "Take shelter at once in a sturdy building or underground. If there is none near, get "
        "behind something solid or lie down and protect your head. Indoors, keep away from "
        "windows or go into a room without any. Do not approach objects that fell: tell the "
        "police or the fire service.",
        "直ちに頑丈な建物の中、又は地下に避難してください。近くに建物がない場合は、物陰に身を隠すか"
        "、"
        "地面に伏せて頭部を守ってください。屋内では、窓から離れるか、窓のない部屋に移動してください"
        "。"
        "落下物には決して近寄らず、警察や消防に連絡してください。",
        "즉시 튼튼한 건물 안이나 지하로 대피하십시오. 가까운 곳에 건물이 없으면 단단한 물체 뒤에 "
        "몸을 "
        "숨기거나 엎드려 머리를 보호하십시오. 실내에서는 창문에서 떨어지거나 창문이 없는 방으로 "
        "이동하십시오. 낙하물에는 절대 접근하지 말고 경찰이나 소방서에 신고하십시오."};
    static const char *const OVER[LANGUAGE_COUNT] = {
        ("You may leave the shelter. Do not approach objects that fell: tell the police or the "
         "fire service."),
        "避難の必要はなくなりました。落下物には決して近寄らず、警察や消防に連絡してください。",
        "대피하지 않아도 됩니다. 낙하물에는 절대 접근하지 말고 경찰이나 소방서에 신고하십시오."};
    const enum warning_state state = w->warning->state;
    const bool shelters = warning_in_force(state) || state == WARNING_HANDED_OVER;
    add_mark(w, language, out);
    text_add(out, shelters ? SHELTER[language] : OVER[language]);
}
