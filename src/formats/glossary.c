#include "formats/glossary.h"

#include <assert.h>

static const char *const TERMS[GLOSSARY_TERM_COUNT][LANGUAGE_COUNT] = {
    [TERM_POSSIBLE_MISSILE] = {"possible ballistic missile", "弾道ミサイルの可能性のあるもの",
                               "탄도미사일 추정 발사체"},
    [TERM_APOGEE] = {"apogee", "最高高度", "최고고도"},
    [TERM_RANGE] = {"range", "飛翔距離", "비행거리"},
    [TERM_OVERFLIGHT] = {"overflight", "上空通過", "상공 통과"},
    [TERM_LOFTED] = {"lofted", "ロフテッド軌道", "고각 발사"},
    [TERM_TRACK_LOST] = {"track lost", "失探", "항적 소실"},
    [TERM_CANCELLED] = {"cancelled", "取消", "취소"},
    [TERM_ALL_CLEAR] = {"all clear", "解除", "해제"},
    [TERM_EXERCISE] = {"exercise", "訓練", "훈련"},
    [TERM_TEST] = {"test", "試験", "시험"},
};

const char *glossary_text(enum glossary_term term, enum language language)
{
    assert(term < GLOSSARY_TERM_COUNT);
    assert(language < LANGUAGE_COUNT);
    return TERMS[term][language];
}

const char *language_tag(enum language language)
{
    static const char *const TAGS[LANGUAGE_COUNT] = {"en", "ja", "ko"};
    assert(language < LANGUAGE_COUNT);
    return TAGS[language];
}
