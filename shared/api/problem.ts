import { z } from '@hono/zod-openapi';

/** Languages problems and reports are written in. */
export type Language = 'ja' | 'en';

/**
 * Every refusal of the API: status and title in both languages. Codes are stable; clients decide by them, people
 * read title and detail.
 */
const PROBLEMS = {
  invalid_request: { status: 400, en: 'The request is not valid', ja: 'リクエストの内容が正しくありません' },
  invalid_cursor: { status: 400, en: 'The cursor is not valid', ja: 'カーソルの値が正しくありません' },
  unauthenticated: {
    status: 401,
    en: 'A valid access token is needed',
    ja: '有効なアクセストークンが必要です',
  },
  forbidden: {
    status: 403,
    en: 'The token does not allow this',
    ja: 'このトークンではこの操作を実行できません',
  },
  origin_refused: {
    status: 403,
    en: 'Requests from other web pages are refused',
    ja: '他のウェブページからのリクエストは受け付けません',
  },
  not_found: { status: 404, en: 'There is nothing here', ja: '指定されたものは見つかりません' },
  case_not_found: { status: 404, en: 'There is no such case', ja: '指定されたケースは見つかりません' },
  bundle_not_found: {
    status: 404,
    en: 'There is no such bundle in the case',
    ja: '指定されたバンドルはこのケースにありません',
  },
  upload_not_found: {
    status: 404,
    en: 'There is no such upload in parts',
    ja: '指定された分割アップロードは見つかりません',
  },
  method_not_allowed: {
    status: 405,
    en: 'This method is not supported here',
    ja: 'このメソッドは使用できません',
  },
  not_acceptable: {
    status: 406,
    en: 'The report does not exist in that form',
    ja: '要求された形式のレポートはありません',
  },
  nothing_analysed: {
    status: 409,
    en: 'Nothing has been analysed in this case yet',
    ja: 'このケースにはまだ分析結果がありません',
  },
  report_not_ready: {
    status: 409,
    en: 'The report is being made',
    ja: 'レポートを作成中です',
  },
  case_full: {
    status: 409,
    en: 'The case holds as much as it may',
    ja: 'このケースに登録できる件数の上限に達しています',
  },
  case_deleting: { status: 409, en: 'The case is being deleted', ja: 'このケースは削除中です' },
  upload_incomplete: {
    status: 409,
    en: 'The parts do not make the announced bundle',
    ja: 'アップロードされたパートが申告されたバンドルと一致しません',
  },
  already_uploaded: {
    status: 412,
    en: 'The bundle has been uploaded already',
    ja: 'このバンドルはすでにアップロードされています',
  },
  url_expired: {
    status: 403,
    en: 'The upload URL has expired',
    ja: 'アップロード用URLの有効期限が切れています',
  },
  signature_mismatch: {
    status: 403,
    en: 'The signature of the URL does not fit',
    ja: 'URLの署名が一致しません',
  },
  length_mismatch: {
    status: 400,
    en: 'The body does not have the announced length',
    ja: '送信されたデータの長さが申告と異なります',
  },
  incomplete: {
    status: 400,
    en: 'The upload broke off',
    ja: 'アップロードが途中で切断されました',
  },
  too_large: {
    status: 413,
    en: 'The bundle is too large',
    ja: 'バンドルのサイズが上限を超えています',
  },
  internal: {
    status: 500,
    en: 'Something went wrong on our side',
    ja: 'サーバー側で問題が発生しました',
  },
} as const satisfies Record<string, { status: number; en: string; ja: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const ProblemDocument = z
  .object({
    type: z.string().openapi({ example: 'urn:bundle-advisor:problem:case_not_found' }),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable; the last part of `type`.', example: 'case_not_found' }),
    detail: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .catchall(z.unknown())
  .openapi('Problem');

/** A refusal on its way to the client. Thrown in handlers, answered as `application/problem+json` (RFC 9457). */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail?: string,
    options: { extensions?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail ?? '');
    this.name = 'ApiProblem';
    this.code = code;
    this.extensions = options.extensions ?? {};
    this.headers = options.headers ?? {};
  }
}

/** The answer for a problem, its title in the language of the request. */
export function problemResponse(problem: ApiProblem, acceptLanguage: string | undefined): Response {
  const { status, ...titles } = PROBLEMS[problem.code];
  const language = preferredLanguage(acceptLanguage) ?? 'en';
  return new Response(
    JSON.stringify({
      type: `urn:bundle-advisor:problem:${problem.code}`,
      title: titles[language],
      status,
      code: problem.code,
      ...(problem.message === '' ? {} : { detail: problem.message }),
      ...problem.extensions,
    }),
    {
      status,
      headers: {
        'Content-Type': 'application/problem+json',
        'Content-Language': language,
        'Cache-Control': 'no-store',
        ...problem.headers,
      },
    },
  );
}

/** The better of our two languages for an `Accept-Language` header; null when it names neither. */
export function preferredLanguage(header: string | undefined): Language | null {
  const wanted = (header ?? '')
    .split(',')
    .map((part, index) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality), index };
    })
    .filter(({ language, quality }) => (language === 'ja' || language === 'en') && quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index);
  return (wanted[0]?.language as Language | undefined) ?? null;
}
