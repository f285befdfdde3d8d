// The page's words in three languages. What the node says in fixed English words (a phase, a state,
// a reason) is looked up here too; a word that has no translation is shown as it came.

import type { Named } from './types';

export type Language = 'en' | 'ja' | 'ko';
export const LANGUAGES: Language[] = ['en', 'ja', 'ko'];

type Row = [en: string, ja: string, ko: string];

/** The glossary that the officers of the three nations share; tested word by word. */
const GLOSSARY = {
  missile: ['possible ballistic missile', '弾道ミサイルの可能性のあるもの', '탄도미사일 추정 발사체'],
  apogee: ['apogee', '最高高度', '최고고도'],
  range: ['range', '飛翔距離', '비행거리'],
  overflight: ['overflight', '上空通過', '상공 통과'],
  lofted: ['lofted', 'ロフテッド軌道', '고각 발사'],
  trackLost: ['track lost', '失探', '항적 소실'],
  cancelled: ['cancelled', '取消', '취소'],
  allClear: ['all clear', '解除', '해제'],
  exercise: ['exercise', '訓練', '훈련'],
  test: ['test', '試験', '시험'],
} satisfies Record<string, Row>;

const PAGE = {
  ...GLOSSARY,
  live: ['live', '実運用', '실전'],
  unknown: ['unknown', '不明', '미상'],
  undetermined: ['undetermined', '未確定', '미확정'],
  from: ['from {0}', '発射地点 {0}', '발사지점 {0}'],
  at: ['at {0}', '発射 {0}', '발사 {0}'],
  noLaunch: ['launch point undetermined', '発射地点未確定', '발사지점 미확정'],
  noticed: ['noticed {0}', '探知通知 {0}', '인지 {0}'],
  toward: ['toward the {0}', '{0}方向へ', '{0} 방향'],
  nearPlace: ['{1} {2} of {0}', '{0}の{2}{1}', '{0} {2}쪽 {1}'],
  towardPlace: ['toward {0}', '落下予想 {0}', '낙하 예상 {0}'],
  overflightIn: ['overflight of {0} in {1}', '{0}上空通過まで {1}', '{0} 상공 통과까지 {1}'],
  impactIn: ['impact in {0} ± {1} s', '落下まで {0} ± {1} 秒', '낙하까지 {0} ± {1}초'],
  impactAt: ['impact expected at {0}', '落下予想時刻 {0}', '낙하 예상 {0}'],
  noImpact: ['impact undetermined ({0})', '落下地点未確定（{0}）', '낙하지점 미확정 ({0})'],
  withdrawn: ['withdrawn: found false', '撤回：誤探知', '철회: 오탐'],
  sameAs: ['same launch as {0}', '{0}と同一の発射', '{0}와 같은 발사'],
  knownSpace: ['KNOWN SPACE LAUNCH', '既知の衛星打上げ', '알려진 우주 발사'],
  announced: ['ANNOUNCED: {0}', '事前通告あり：{0}', '사전 통보: {0}'],
  heldFrom: ['NOT RELEASED to {0}', '{0}へ提供保留', '{0} 제공 보류'],
  ackBy: ['Acknowledged', '確認者', '확인자'],
  signIn: ['Sign in', 'サインイン', '로그인'],
  signOut: ['sign out', 'サインアウト', '로그아웃'],
  officerName: ['Name', '氏名', '이름'],
  password: ['Password', 'パスワード', '비밀번호'],
  checking: ['Checking …', '照合中…', '확인 중…'],
  role_watch: ['watch officer', '当直士官', '당직 장교'],
  role_release: ['release officer', '情報提供担当', '정보 제공 담당'],
  role_engineer: ['engineer', '技術員', '기술자'],
  role_observer: ['observer', '閲覧者', '참관자'],
  role_control: ['exercise control', '訓練統裁', '훈련 통제'],
  whyWrong: ['Wrong name or password.', '氏名またはパスワードが違います。', '이름 또는 비밀번호가 틀렸습니다.'],
  whyLocked: [
    'Too many were wrong: locked for {0}.',
    '誤りが多いため {0} の間ロックされています。',
    '오류가 많아 {0} 동안 잠겼습니다.',
  ],
  whyBusy: [
    'The node cannot take it now: try again.',
    '今は受け付けられません。再試行してください。',
    '지금은 처리할 수 없습니다. 다시 시도하십시오.',
  ],
  whyRole: ['Your role may not order this.', '権限がありません。', '권한이 없습니다.'],
  whyGone: ['The event is not there any more.', '対象が既にありません。', '대상이 더 이상 없습니다.'],
  whyState: [
    'It is so already, or not possible now.',
    '既にその状態か、今は不可能です。',
    '이미 그 상태이거나 지금은 불가능합니다.',
  ],
  whyBody: ['The node does not understand it.', '命令の形式が正しくありません。', '명령 형식이 올바르지 않습니다.'],
  whySignedOut: [
    'Your session is over: sign in again.',
    'セッション終了。再度サインインしてください。',
    '세션이 끝났습니다. 다시 로그인하십시오.',
  ],
  whyRefused: ['Refused.', '拒否されました。', '거부되었습니다.'],
  needsRole: ['needs the role: {0}', '必要な役割：{0}', '필요한 역할: {0}'],
  allPartners: ['all partners', '全ての相手国', '모든 상대국'],
  allEvents: ['Any event', '全ての事象', '모든 사건'],
  sameAsWhich: ['The same launch as', '同一の発射', '같은 발사'],
  whichNation: ['Nation', '国', '국가'],
  reason: ['Reason (journalled with your name)', '理由（氏名と共に記録されます）', '사유 (이름과 함께 기록됨)'],
  reasonLong: ['The reason is too long.', '理由が長すぎます。', '사유가 너무 깁니다.'],
  confirm: ['Order it', '命令する', '명령'],
  leaveIt: ['Leave it', 'やめる', '취소'],
  orderDone: ['Done, and journalled.', '実行し、記録しました。', '실행하고 기록했습니다.'],
  order_acknowledge: ['acknowledge', '確認', '확인'],
  order_false: ['false', '誤探知', '오탐'],
  order_real: ['real after all', '誤探知の取消', '오탐 취소'],
  order_space: ['known space launch', '既知の衛星打上げ', '알려진 우주 발사'],
  order_merge: ['same launch as …', '同一の発射…', '같은 발사…'],
  order_split: ['split off …', '分離…', '분리…'],
  order_hold: ['hold release …', '提供を保留…', '제공 보류…'],
  order_release: ['release again …', '提供を再開…', '제공 재개…'],
  means_acknowledge: ['', '', ''],
  means_false: [
    'There is no object. Its warning is cancelled at once, wherever it went; partners are told.',
    '物体は存在しない。警報は全ての伝達先で直ちに取り消され、相手国にも通知されます。',
    '물체가 없음. 경보는 전달된 모든 곳에서 즉시 취소되고 상대국에도 통보됩니다.',
  ],
  means_real: [
    'It was judged wrongly. It is warned of again, if it threatens.',
    '判断の誤り。脅威があれば再び警報が出ます。',
    '판단 오류. 위협이 있으면 다시 경보합니다.',
  ],
  means_space: [
    'It is marked so. No warning is changed by it: stages may fall all the same.',
    '印を付けるのみで警報は変わりません。ブースターは落下し得ます。',
    '표시만 하며 경보는 바뀌지 않습니다. 추진체는 낙하할 수 있습니다.',
  ],
  means_merge: [
    'This event is withdrawn and its warning handed over.',
    'この事象は撤回され、警報は引き継がれます。',
    '이 사건은 철회되고 경보는 넘겨집니다.',
  ],
  means_split: [
    'The track of that nation is another object, and becomes an event of its own.',
    'その国の航跡は別の物体であり、独立した事象になります。',
    '그 국가의 항적은 다른 물체이며 별도의 사건이 됩니다.',
  ],
  means_hold: [
    'Nothing more goes there, but the end of a warning that it has.',
    '以後提供しません。ただし伝達済みの警報の終了は伝えます。',
    '더 이상 제공하지 않습니다. 단, 전달된 경보의 종료는 알립니다.',
  ],
  means_release: [
    'What was held goes by the release policy again.',
    '保留分は提供方針に従って再び提供されます。',
    '보류된 것은 제공 방침에 따라 다시 제공됩니다.',
  ],
  handover: ['Hand-over', '引継ぎ', '인수인계'],
  handLive: ['Live now', '進行中の事象', '진행 중인 사건'],
  handWarnings: ['Warnings in force', '発令中の警報', '발령 중인 경보'],
  handOut: ['What is out', '異常・停止中', '이상 및 중단'],
  handHeld: ['Releases that are held', '提供保留中', '제공 보류 중'],
  handOrders: ['Orders of the last 12 hours', '過去12時間の命令', '지난 12시간의 명령'],
  handSilent: ['silent', '無音', '침묵'],
  handNone: ['none', 'なし', '없음'],
  handUnread: ['nobody yet', '未確認', '미확인'],
  handEvent: ['event', '事象', '사건'],
  handMeans: ['for us', '我が国', '우리나라'],
  handUntil: ['until', '期限', '기한'],
  handTime: ['time', '時刻', '시각'],
  handOrder: ['order', '命令', '명령'],
  handReason: ['reason', '理由', '사유'],
  print: ['print', '印刷', '인쇄'],
  close: ['close', '閉じる', '닫기'],
  controlTitle: ['Exercise control', '訓練統裁', '훈련 통제'],
  controlTruth: ['What will be launched', '発射予定', '발사 예정'],
  controlStands: ['paused', '停止中', '정지 중'],
  controlGo: ['go on', '再開', '계속'],
  controlJump: ['60 s ahead', '60秒先へ', '60초 앞으로'],
  controlInject: ['launch once more', '再度発射', '다시 발사'],
  controlDone: ['Done.', '実行しました。', '실행했습니다.'],
  suspended: ['EXERCISE SUSPENDED', '訓練中断', '훈련 중단'],
  hAck: ['acknowledged by {0}', '{0}が確認', '{0} 확인'],
  hFalse: ['withdrawn', '撤回', '철회'],
  hSpace: ['known space launch', '既知の衛星打上げ', '알려진 우주 발사'],
  reportedBy: ['reported by {0}', '情報元 {0}', '탐지국 {0}'],
  sure1: ['almost certainly {0}', 'ほぼ確実に{0}', '거의 확실히 {0}'],
  sure2: ['very likely {0}', '{0}の可能性が非常に高い', '{0} 가능성 매우 높음'],
  sure3: ['probably {0}', 'おそらく{0}', '아마 {0}'],
  warning: ['WARNING {0}', '警報 {0}', '경보 {0}'],
  noThreat: ['NO THREAT TO US', '我が国への脅威なし', '우리나라에 위협 없음'],
  warningCancelled: ['WARNING CANCELLED', '警報取消', '경보 취소'],
  warningAllClear: ['ALL CLEAR', '警報解除', '경보 해제'],
  warningHandedOver: ['ANOTHER WARNING GOES ON', '別の警報に引き継ぎ', '다른 경보로 대체'],
  warningExpired: ['WARNING EXPIRED: NOT TRACKED', '警報の期限切れ（失探）', '경보 만료 (항적 소실)'],
  assessing: ['ASSESSING', '評価中', '평가 중'],
  closed: ['CLOSED', '終了', '종료'],
  notAlone: ['NOT WORKED OUT ALONE', '単独では評価せず', '단독 평가 없음'],
  areaPending: ['area being determined', '地域確認中', '지역 확인 중'],
  more: ['{0} more', '他{0}件', '외 {0}건'],
  impact: ['Impact', '落下', '낙하'],
  countImpact: ['Impact in', '落下まで', '낙하까지'],
  countPast: ['Impact expected', '落下予想時刻経過', '낙하 예상 시각 경과'],
  countOver: ['Impact was expected', '落下予想（過去）', '낙하 예상(과거)'],
  ago: ['ago', '前', '전'],
  over: ['over', '終了', '종료'],
  message: ['Message {0}, {1}, {2}', '通報 {0}、{1}、{2}', '통보 {0}, {1}, {2}'],
  inForce: ['Warning {0}, {1}, {2}, until {3}', '警報 {0}、{1}、{2}、{3}まで', '경보 {0}, {1}, {2}, {3}까지'],
  assumption: ['Assumption', '前提', '가정'],
  commonTrack: ['Common track', '共通航跡', '공통 항적'],
  aloneTrack: ['Track of {0} alone', '{0}単独の航跡', '{0} 단독 항적'],
  lastMeasured: ['Last measured', '最終観測', '최종 관측'],
  firstSeen: ['First seen', '初探知', '최초 탐지'],
  group: ['Group', '群', '군'],
  unresolved: ['not resolved from another object', '他の物体と分離できず', '다른 물체와 분리 불가'],
  heightSpeed: ['Height, speed', '高度・速度', '고도, 속도'],
  apogeeRange: ['Apogee, range', '最高高度・飛翔距離', '최고고도, 비행거리'],
  class: ['Class', '種別', '종류'],
  launch: ['Launch', '発射', '발사'],
  launch95: ['Launch 95 %', '発射地点 95 %', '발사지점 95 %'],
  impact95: ['Impact 95 %', '落下域 95 %', '낙하구역 95 %'],
  impact50: ['Impact 50 %', '落下域 50 %', '낙하구역 50 %'],
  stageFalls: ['Stage {0} falls', '{0}段目落下', '{0}단 낙하'],
  endsNow: ['If thrust ends now', '今燃焼が終われば', '지금 연소가 끝나면'],
  goesOn: ['If it goes on', '燃焼が続けば', '연소가 계속되면'],
  staysUp: ['Does not come down', '落下しない', '낙하하지 않음'],
  byItself: ['Each nation by itself', '各国単独の解', '국가별 단독 해'],
  phase: ['phase', '段階', '단계'],
  measured: ['measured', '観測', '관측'],
  apart: ['from common', '共通解との差', '공통해와의 차'],
  notUsed: ['not used', '不使用', '미사용'],
  nobody: ['none has a track', '航跡なし', '항적 없음'],
  underWarning: ['Areas under warning', '警報対象地域', '경보 지역'],
  overflown: ['Overflown', '上空通過地域', '상공 통과 지역'],
  placeImpact: ['impact', '落下', '낙하'],
  height: ['height', '高度', '고도'],
  in: ['in {0}', 'あと {0}', '{0} 후'],
  unnamed: ['unnamed area', '名称なし', '이름 없는 지역'],
  measuredAgo: ['LOST, not measured for {0}', '失探、{0}観測なし', '항적 소실, {0} 관측 없음'],
  stale: ['stale, {0} old', '古い情報、{0}前', '오래된 정보, {0} 전'],
  until: ['until {0}', '{0}まで', '{0}까지'],
  up: ['up', '接続', '연결'],
  down: ['DOWN', '断', '두절'],
  byWayOf: ['by way of {0}', '{0}経由', '{0} 경유'],
  others: ['others', '他国', '타국'],
  missing: ['{0} missing', '欠落{0}', '누락 {0}'],
  sensorsUp: ['sensors {0} of {1} delivering', 'センサー {1}中{0}稼働', '센서 {1}개 중 {0}개 수신'],
  observations: [
    'observations {0} used, {1} unassociated, {2} rejected',
    '観測 使用{0}・未対応{1}・棄却{2}',
    '관측 사용 {0}, 미연관 {1}, 기각 {2}',
  ],
  records: ['records {0} released, {1} withheld', '記録 提供{0}・保留{1}', '기록 제공 {0}, 보류 {1}'],
  clockDrift: ['clock', '時計', '시계'],
  alarm: ['ALARM', '警報', '경보'],
  lookAt: ['LOOK AT', '確認', '확인'],
  forHow: ['{0}, for {1}', '{0}（{1}）', '{0} ({1})'],
  noData: ['NO DATA for {0} s', '{0}秒間データなし', '{0}초간 데이터 없음'],
  noDataPicture: [
    'The picture is of {0} and does not move.',
    '画面は{0}のまま止まっています。',
    '화면은 {0} 상태로 멈춰 있습니다.',
  ],
  connecting: ['Trying to connect.', '再接続中。', '다시 연결 중.'],
  replay: ['REPLAY {0}: not the present', '再生中 {0}：現在ではない', '재생 {0}: 현재가 아님'],
  backToNow: ['back to now (n)', '現在へ戻る (n)', '현재로 (n)'],
  play: ['play', '再生', '재생'],
  pause: ['pause', '停止', '정지'],
  nowButton: ['now', '現在', '현재'],
  timeLine: ['Time line', '時系列', '시간선'],
  shared: ['shared', '共有', '공유'],
  alone: ['{0} alone', '{0}単独', '{0} 단독'],
  aloneNote: [
    'What {0} would know by itself: nothing of partners, no warning',
    '{0}が単独で知り得ること：他国情報・警報なし',
    '{0}가 단독으로 알 수 있는 것: 타국 정보와 경보 없음',
  ],
  newEvents: ['{0} not acknowledged', '未確認 {0}件', '미확인 {0}건'],
  acknowledge: ['acknowledge (a)', '確認 (a)', '확인 (a)'],
  soundOff: ['sound off (s)', '音声切 (s)', '소리 꺼짐 (s)'],
  soundOn: ['sound on (s)', '音声入 (s)', '소리 켜짐 (s)'],
  altitudeTime: ['altitude / time', '高度・時間', '고도/시간'],
  altitudeRange: ['altitude / distance', '高度・距離', '고도/거리'],
  help: ['? help · / command', '? ヘルプ · / コマンド', '? 도움말 · / 명령'],
  helpTitle: ['Keys and commands', 'キーとコマンド', '키와 명령'],
  history: ['What happened', '経過', '경과'],
  hLaunch: ['noticed, by {0}', '{0}が探知通知', '{0} 인지'],
  hTrack: ['{0} has a track', '{0}が航跡を得る', '{0} 항적 확보'],
  hLost: ['{0} has lost it', '{0}失探', '{0} 항적 소실'],
  hThrust: ['thrust has ended', '燃焼終了', '연소 종료'],
  hWarning: ['warning: {0}', '警報：{0}', '경보: {0}'],
  hOver: ['over', '終了', '종료'],
  hLinkDown: ['link to {0} is down', '{0}との回線断', '{0} 회선 두절'],
  hLinkUp: ['link to {0} is up', '{0}との回線復旧', '{0} 회선 복구'],
  noSuch: ['{0}: no such command; ? lists them', '{0}：不明なコマンド（? で一覧）', '{0}: 없는 명령 (?로 목록)'],
  salvo: ['{0} events, {1} threaten us', '{0}件、うち脅威{1}件', '{0}건, 위협 {1}건'],
  notJournalled: ['not yet journalled', '未記録', '미기록'],
  finished: ['finished', '終了', '종료'],
  stations: ['Sensors, links, clock', 'センサー・回線・時計', '센서, 회선, 시계'],
  sensor: ['sensor', 'センサー', '센서'],
  link: ['link', '回線', '회선'],
  silent: ['silent for', '無音', '침묵'],
  plots: ['observations', '観測', '관측'],
  fault: ['found wrong', '異常', '이상'],
  state: ['state', '状態', '상태'],
  acknowledged: ['acknowledged / sent', '確認 / 送信', '확인 / 송신'],
  received: ['received', '受信', '수신'],
  missingHead: ['missing', '欠落', '누락'],
  refused: ['refused', '拒否', '거부'],
  never: ['never heard', '受信なし', '수신 없음'],
  pictureAge: ['picture {0} s old', '画面 {0} 秒前', '화면 {0}초 전'],
} satisfies Record<string, Row>;

export type Key = keyof typeof PAGE;

/** The node's own words. */
const SAID: Record<string, [ja: string, ko: string]> = {
  tentative: ['仮', '임시'],
  firm: ['確定', '확정'],
  lost: ['失探', '항적 소실'],
  dropped: ['消去', '삭제'],
  boost: ['燃焼中', '연소 중'],
  coast: ['慣性飛翔', '관성 비행'],
  're-entry': ['再突入', '재진입'],
  unknown: ['不明', '미상'],
  'short range': ['短距離', '단거리'],
  'medium range': ['準中距離', '준중거리'],
  'intermediate range': ['中距離', '중거리'],
  intercontinental: ['大陸間', '대륙간'],
  'space launch': ['宇宙打上げ', '우주 발사'],
  'not ballistic': ['弾道飛翔でない', '탄도 비행 아님'],
  undetermined: ['未確定', '미확정'],
  assessing: ['評価中', '평가 중'],
  'A LIVE EVENT IS GOING ON': ['実事象が進行中', '실제 상황 진행 중'],
  'the live event is over; the controller may go on': [
    '実事象は終了。統裁官が再開できます',
    '실제 상황 종료. 통제관이 재개할 수 있음',
  ],
  'paused by the controller': ['統裁官が停止中', '통제관이 정지함'],
  'the controller jumps ahead': ['統裁官が早送り中', '통제관이 건너뛰는 중'],
  'the live node does not answer': ['実運用ノードが応答しません', '실전 노드가 응답하지 않음'],
  'no threat to us': ['我が国への脅威なし', '우리나라에 위협 없음'],
  initial: ['第一報', '최초'],
  update: ['更新', '갱신'],
  narrowed: ['範囲縮小', '범위 축소'],
  'lost track': ['失探', '항적 소실'],
  cancel: ['取消', '취소'],
  'all clear': ['解除', '해제'],
  'handed over': ['引き継ぎ', '대체'],
  expired: ['期限切れ', '만료'],
  'no firm track': ['確定航跡なし', '확정 항적 없음'],
  'still thrusting, or the end of thrust is not yet certain': [
    '燃焼中、または燃焼終了が未確定',
    '연소 중이거나 연소 종료 미확정',
  ],
  'the area would be too large to be of use': ['範囲が広すぎる', '구역이 지나치게 넓음'],
  'does not come down: in orbit': ['落下せず：軌道上', '낙하하지 않음: 궤도'],
  'manoeuvring: no ballistic impact': ['機動中：弾道落下点なし', '기동 중: 탄도 낙하점 없음'],
  'first seen too late to tell where it came from': [
    '探知が遅く発射地点不明',
    '탐지가 늦어 발사지점 불명',
  ],
};

const NATIONS: Record<string, Row> = {
  KOR: ['Republic of Korea', '韓国', '대한민국'],
  JPN: ['Japan', '日本', '일본'],
  USA: ['United States', '米国', '미국'],
  PRK: ['North Korea', '北朝鮮', '북한'],
  CHN: ['China', '中国', '중국'],
  RUS: ['Russia', 'ロシア', '러시아'],
};

const COMPASS: Row[] = [
  ['north', '北', '북'],
  ['north-east', '北東', '북동'],
  ['east', '東', '동'],
  ['south-east', '南東', '남동'],
  ['south', '南', '남'],
  ['south-west', '南西', '남서'],
  ['west', '西', '서'],
  ['north-west', '北西', '북서'],
];

let language: Language = 'en';
const index = (): 0 | 1 | 2 => (language === 'en' ? 0 : language === 'ja' ? 1 : 2);

export function speak(wanted: Language): void {
  language = wanted;
}

export const spoken = (): Language => language;

/** The words for a key, with {0}, {1} … filled in. */
export function t(key: Key, ...values: (string | number)[]): string {
  const row: Row = PAGE[key];
  return row[index()].replace(/\{(\d)\}/g, (_, n) => String(values[Number(n)] ?? ''));
}

const DOMAINS: Key[] = ['live', 'exercise', 'test'];

export const domainName = (domain: string): string =>
  t(DOMAINS.find(d => d === domain) ?? 'unknown').toUpperCase();

/** What the node said, in the language of the page. */
export function told(text: string | null | undefined): string {
  const row = SAID[text ?? ''];
  return language === 'en' || !row ? (text ?? '') : row[language === 'ja' ? 0 : 1];
}

export const nationName = (code: string): string => NATIONS[code]?.[index()] ?? code;

/** A place's own name in the language of the page; else the English one. */
export const placeName = (p: Named): string =>
  [p.name, p.name_ja, p.name_ko][index()] ?? p.name ?? t('unnamed');

export const compass = (degrees: number): string =>
  (COMPASS[Math.round(degrees / 45) % 8] as Row)[index()];
