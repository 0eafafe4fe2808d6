import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import { Analysis, Confirmation } from '../analysis/analysis.ts';
import { deleteCase } from '../cases/delete_case.ts';
import { analysisKey, bundleKey, confirmationKey, parseConfirmationKey, reportKey } from '../cases/keys.ts';
import type { UploadPart } from '../cases/object_store.ts';
import { later } from '../cases/ports.ts';
import { reanalyze } from '../cases/reanalyze.ts';
import {
  type AnalysisPointer,
  type BundleRecord,
  type CaseRecord,
  caseState,
  issuedEntry,
  MAX_INPUTS,
  WORKING_STATES,
} from '../cases/record.ts';
import { InvalidCursor } from '../cases/repository.ts';
import type { Principal, Scope } from './access.ts';
import type { ApiPorts, ReportFormat } from './ports.ts';
import { ApiProblem, type Language, ProblemDocument, preferredLanguage, problemResponse } from './problem.ts';
import {
  ArrivedParts,
  BundleView,
  bundleView,
  CaseSummary,
  CaseView,
  ConfirmationView,
  caseSummary,
  caseView,
  FindingView,
  IdParameter,
  KnowledgeView,
  MAX_BUNDLES_PER_CASE,
  NewBundle,
  NewCase,
  NewConfirmation,
  NewReanalysis,
  NO_CUSTOMER,
  PartNumbers,
  PartsPlan,
  partBytesOf,
  SignedPart,
  SignedRequest,
} from './schemas.ts';

type Environment = { Bindings: Record<string, unknown>; Variables: { principal: Principal } };
type Api = OpenAPIHono<Environment>;
type Request = Context<Environment>;

const LANGUAGES: readonly Language[] = ['ja', 'en'];
const caseParameters = z.object({ caseId: IdParameter });
const bundleParameters = z.object({ caseId: IdParameter, bundleId: IdParameter });
const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().max(4_096).optional();

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});
const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** The HTTP API: one router for Lambda and for the embedded stack. */
export function createApi(ports: ApiPorts): Api {
  const api: Api = new OpenAPIHono<Environment>({
    defaultHook: (result) => {
      if (result.success) return;
      throw new ApiProblem('invalid_request', undefined, {
        extensions: {
          errors: result.error.issues.map((issue) => ({
            pointer: `/${issue.path.map(String).join('/')}`,
            detail: issue.message,
          })),
        },
      });
    },
  });

  api.onError((error, context) => {
    const language = context.req.header('accept-language');
    if (error instanceof ApiProblem) return problemResponse(error, language);
    if (error instanceof InvalidCursor) return problemResponse(new ApiProblem('invalid_cursor'), language);
    if (error instanceof HTTPException && error.status < 500) {
      return problemResponse(new ApiProblem('invalid_request', error.message), language);
    }
    ports.log.error('request failed', {
      method: context.req.method,
      route: routePath(context, -1),
      error: error.name,
      reason: error.message,
    });
    return problemResponse(new ApiProblem('internal'), language);
  });
  api.notFound((context) =>
    problemResponse(
      new ApiProblem('not_found', `${context.req.method} ${context.req.path}`),
      context.req.header('accept-language'),
    ),
  );

  api.use('*', async (context, next) => {
    const started = performance.now();
    await next();
    const milliseconds = Math.round(performance.now() - started);
    ports.log.info('request', {
      method: context.req.method,
      route: routePath(context, -1),
      caseId: /^\/cases\/([0-9a-z]{26})(\/|$)/.exec(context.req.path)?.[1],
      status: context.res.status,
      milliseconds,
      subject: context.get('principal')?.subject,
    });
    context.res.headers.set('X-Content-Type-Options', 'nosniff');
    context.res.headers.set('Referrer-Policy', 'no-referrer');
    if (!context.res.headers.has('Content-Security-Policy')) {
      context.res.headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    }
    if (!context.res.headers.has('Cache-Control')) context.res.headers.set('Cache-Control', 'no-store');
  });
  for (const path of ['/cases', '/cases/*', '/findings', '/knowledge', '/reanalysis']) {
    api.use(path, async (context, next) => {
      const principal = await ports.authenticate(context.req.raw, context.env);
      if (principal === null) {
        throw new ApiProblem('unauthenticated', undefined, { headers: { 'WWW-Authenticate': 'Bearer' } });
      }
      context.set('principal', principal);
      await next();
    });
  }

  describe(api);
  routeCases(api, ports);
  routeBundles(api, ports);
  routeResults(api, ports);
  routeConfirmations(api, ports);
  routeKnowledge(api, ports);
  return api;
}

function describe(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  api.get('/', (context) =>
    context.json({
      name: 'Bundle Advisor',
      description: 'Reads support bundles of LifeKeeper and DataKeeper clusters and writes the advisory.',
      links: {
        openapi: '/openapi.json',
        cases: '/cases',
        affected: '/findings?verdict=affected',
      },
    }),
  );
  api.get('/openapi.json', (context) =>
    context.json(
      api.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Bundle Advisor',
          version: '1',
          description:
            'Announce a case and its bundles, PUT each bundle to the signed URL, and fetch the advisory in Japanese or English.',
        },
        security: [{ bearer: [] }],
      }),
    ),
  );
}

function routeCases(api: Api, ports: ApiPorts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/cases',
      summary: 'Open a case',
      request: { body: body(NewCase) },
      responses: { 201: json(CaseView, 'The case'), 400: problem('Not valid'), 403: problem('Not allowed') },
    }),
    async (context) => {
      const { customer } = allow(context, 'upload');
      const wanted = context.req.valid('json');
      if (customer !== null && wanted.customer !== undefined && wanted.customer !== customer) {
        throw new ApiProblem('forbidden', 'The token is for another customer.');
      }
      const record: CaseRecord = {
        caseId: ports.newId(),
        title: wanted.title,
        timezone: wanted.timezone,
        expectedNodes: wanted.expectedNodes,
        customer: customer ?? wanted.customer ?? NO_CUSTOMER,
        createdAt: ports.clock.now(),
        inputRevision: 0,
        inputs: [],
        analysis: null,
        reportedHash: null,
        issued: [],
        deleting: false,
      };
      await ports.repository.createCase(record);
      return context.json(caseView(record, [], []), 201, { Location: `/cases/${record.caseId}` });
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases',
      summary: 'List cases, newest first',
      request: { query: z.object({ limit, cursor }) },
      responses: {
        200: json(z.object({ items: z.array(CaseSummary), cursor: z.string().optional() }), 'A page'),
        400: problem('Not valid'),
      },
    }),
    async (context) => {
      const principal = allow(context, 'read');
      const page = await ports.repository.listCases({
        ...paging(context.req.valid('query')),
        ...ofCustomer(principal),
      });
      return context.json({ ...page, items: page.items.map(caseSummary) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}',
      summary: 'A case with its bundles and what it is doing',
      request: { params: caseParameters },
      responses: { 200: json(CaseView, 'The case'), 404: problem('No such case') },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'read');
      const bundles = await ports.repository.listBundles(record.caseId);
      return context.json(caseView(record, bundles, formsOf(ports)), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: '/cases/{caseId}',
      summary: 'Delete a case: bundles, evidence, reports and records, every version of them',
      request: { params: caseParameters },
      responses: { 204: { description: 'Deleted' }, 404: problem('No such case') },
    }),
    async (context) => {
      const { caseId } = await ownCase(ports, context, 'delete');
      await ports.repository.markDeleting(caseId, ports.clock.now());
      await deleteCase(ports, caseId);
      ports.log.info('case deleted', { caseId });
      return context.body(null, 204);
    },
  );
}

function routeBundles(api: Api, ports: ApiPorts): void {
  const Announced = BundleView.extend({
    upload: SignedRequest.nullable().openapi({ description: 'Where to PUT it; null when it goes in parts.' }),
    parts: PartsPlan.nullable().openapi({ description: 'How to cut it; null when it goes in one piece.' }),
  }).openapi('AnnouncedBundle');
  api.openapi(
    createRoute({
      method: 'post',
      path: '/cases/{caseId}/bundles',
      summary: 'Announce a bundle and get the URL to PUT it to',
      request: { params: caseParameters, body: body(NewBundle) },
      responses: {
        201: json(Announced, 'The bundle and its upload'),
        400: problem('Not valid'),
        404: problem('No such case'),
        409: problem('The case is full or being deleted'),
      },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'upload');
      const { caseId } = record;
      if (record.deleting) throw new ApiProblem('case_deleting');
      const wanted = context.req.valid('json');
      const { fileName, bytes } = wanted;
      if ((await ports.repository.listBundles(caseId)).length >= MAX_BUNDLES_PER_CASE) {
        throw new ApiProblem('case_full', `A case takes at most ${MAX_BUNDLES_PER_CASE} bundles.`);
      }
      const bundleId = ports.newId();
      const key = bundleKey(caseId, bundleId);
      const now = ports.clock.now();
      const partBytes = partBytesOf(bytes, wanted.partBytes);
      const upload =
        partBytes === null
          ? await ports.uploads.signUpload(key, { bytes, expiresInSeconds: ports.deadlines.upload })
          : null;
      const bundle: BundleRecord = {
        caseId,
        bundleId,
        fileName,
        bytes,
        state: 'awaiting_upload',
        createdAt: now,
        updatedAt: now,
        uploadExpiresAt: upload?.expiresAt ?? later(now, ports.deadlines.multipart),
        version: null,
        uploadId: partBytes === null ? null : await ports.uploads.startParts(key),
        partBytes,
        sha256: null,
        reason: null,
        problems: [],
        progress: null,
        attempts: 0,
        leaseOwner: null,
        leaseUntil: null,
      };
      await ports.repository.createBundle(bundle, later(bundle.uploadExpiresAt, ports.deadlines.arrival));
      return context.json({ ...bundleView(bundle), upload, parts: planOf(bundle) }, 201, {
        Location: `/cases/${caseId}/bundles/${bundleId}`,
      });
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/cases/{caseId}/bundles/{bundleId}/parts',
      summary: 'Get the URLs to PUT parts to; a part may be sent again',
      request: { params: bundleParameters, body: body(PartNumbers) },
      responses: {
        200: json(z.object({ items: z.array(SignedPart) }), 'One signed request a part'),
        400: problem('Not valid'),
        404: problem('No such upload'),
      },
    }),
    async (context) => {
      const upload = await partsUpload(ports, context);
      const { parts } = context.req.valid('json');
      const beyond = parts.find((part) => part > upload.plan.parts);
      if (beyond !== undefined) {
        throw new ApiProblem('invalid_request', `The bundle has ${upload.plan.parts} parts, not ${beyond}.`);
      }
      const items = await Promise.all(
        parts.map(async (part) => {
          const bytes = partLength(upload, part);
          const request = await ports.uploads.signPart(upload.key, upload.uploadId, {
            partNumber: part,
            bytes,
            expiresInSeconds: ports.deadlines.upload,
          });
          return { part, bytes, upload: request };
        }),
      );
      return context.json({ items }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/bundles/{bundleId}/parts',
      summary: 'Which parts have arrived: to resume a broken upload',
      request: { params: bundleParameters },
      responses: { 200: json(ArrivedParts, 'The parts'), 404: problem('No such upload') },
    }),
    async (context) => {
      const upload = await partsUpload(ports, context);
      const listed = await arrivedParts(ports, upload);
      return context.json({ ...upload.plan, arrived: listed.map(({ partNumber }) => partNumber) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/cases/{caseId}/bundles/{bundleId}/complete',
      summary: 'All parts are there: make the bundle of them',
      request: { params: bundleParameters },
      responses: {
        200: json(BundleView, 'The bundle'),
        404: problem('No such upload'),
        409: problem('Parts are missing'),
      },
    }),
    async (context) => {
      const upload = await partsUpload(ports, context);
      const listed = await arrivedParts(ports, upload);
      if (listed.length < upload.plan.parts) {
        throw new ApiProblem(
          'upload_incomplete',
          `${listed.length} of ${upload.plan.parts} parts have arrived with their whole length.`,
        );
      }
      if (!(await ports.uploads.finishParts(upload.key, upload.uploadId, listed))) {
        throw new ApiProblem('upload_incomplete');
      }
      const { caseId, bundleId } = upload.bundle;
      const bundle = (await ports.repository.getBundle(caseId, bundleId)) ?? upload.bundle;
      return context.json(bundleView(bundle), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/bundles/{bundleId}',
      summary: 'A bundle and its state',
      request: { params: bundleParameters },
      responses: { 200: json(BundleView, 'The bundle'), 404: problem('No such bundle') },
    }),
    async (context) => {
      const { caseId } = await ownCase(ports, context, 'read');
      const bundle = await ports.repository.getBundle(caseId, context.req.valid('param').bundleId);
      if (bundle === null) throw new ApiProblem('bundle_not_found');
      return context.json(bundleView(bundle), 200);
    },
  );
}

function routeResults(api: Api, ports: ApiPorts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/analysis',
      summary: 'The analysis document',
      request: { params: caseParameters },
      responses: {
        200: json(z.looseObject({ schemaVersion: z.string() }).openapi('Analysis'), 'The analysis'),
        302: { description: 'A short-lived URL of a document too large for an answer' },
        404: problem('No such case'),
        409: problem('Not analysed yet'),
      },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'read');
      const { hash } = await readyAnalysis(ports, record);
      return document(ports, analysisKey(record.caseId, hash), {
        contentType: 'application/json',
        fileName: `analysis-${record.caseId}.json`,
        headers: {},
      }) as never;
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/findings',
      summary: 'The findings of a case, with evidence and actions',
      request: { params: caseParameters, query: z.object({ verdict: z.string().max(64).optional() }) },
      responses: {
        200: json(
          z.object({
            caseId: z.string(),
            revision: z.int(),
            items: z.array(z.looseObject({ id: z.string() })),
          }),
          'The findings',
        ),
        404: problem('No such case'),
        409: problem('Not analysed yet'),
      },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'read');
      const { hash, revision } = await readyAnalysis(ports, record);
      const stored = await ports.results.get(analysisKey(record.caseId, hash));
      if (stored === null) throw notReady();
      const { findings } = Analysis.parse(JSON.parse(new TextDecoder().decode(stored)));
      const { verdict } = context.req.valid('query');
      return context.json(
        {
          caseId: record.caseId,
          revision,
          items: findings.filter((finding) => verdict === undefined || finding.verdict === verdict),
        },
        200,
      );
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/report',
      summary: 'The advisory',
      description: 'Language and form by query, or by Accept-Language and Accept.',
      request: {
        params: caseParameters,
        query: z.object({
          lang: z.enum(['ja', 'en']).optional(),
          format: z.string().max(16).optional(),
        }),
      },
      responses: {
        200: { description: 'The report', content: { 'text/html': { schema: z.string() } } },
        302: { description: 'A short-lived URL of a report too large for an answer' },
        304: { description: 'Not modified' },
        404: problem('No such case'),
        406: problem('No such form'),
        409: problem('Not written yet; the problem says what the case is doing'),
      },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'read');
      const query = context.req.valid('query');
      const language = query.lang ?? preferredLanguage(context.req.header('accept-language')) ?? 'ja';
      const form = formOf(ports, query.format, context.req.header('accept'));
      const analysis = await readyAnalysis(ports, record);
      const { hash, revision } = analysis;
      const etag = `"${hash.slice(0, 32)}-${revision}-${language}-${form.format}"`;
      const headers = {
        ETag: etag,
        'Content-Language': language,
        'Cache-Control': 'private, no-cache',
        'Content-Security-Policy': REPORT_POLICY,
        Vary: 'Accept, Accept-Language, Authorization',
      };
      if (context.req.header('if-none-match') === etag)
        return new Response(null, { status: 304, headers }) as never;
      const report = await document(ports, reportKey(record.caseId, hash, language, form.format), {
        contentType: form.mediaType,
        fileName: `advisory-${record.caseId}-${language}.${form.extension}`,
        headers,
      });
      if (!record.issued.includes(issuedEntry(analysis))) {
        await ports.repository.noteIssued(record.caseId, analysis);
      }
      return report as never;
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/findings',
      summary: 'Findings of all cases by verdict, newest first',
      request: { query: z.object({ verdict: z.string().max(64), limit, cursor }) },
      responses: {
        200: json(z.object({ items: z.array(FindingView), cursor: z.string().optional() }), 'A page'),
        400: problem('Not valid'),
      },
    }),
    async (context) => {
      const principal = allow(context, 'fleet');
      const query = context.req.valid('query');
      const page = await ports.repository.findingsByVerdict({
        verdict: query.verdict,
        ...paging(query),
        ...ofCustomer(principal),
      });
      const items = page.items.map(({ subjectKind, subjectId, customer: _, revision: __, ...rest }) => ({
        ...rest,
        subject: { kind: subjectKind, id: subjectId },
      }));
      return context.json({ ...page, items }, 200);
    },
  );
}

function routeConfirmations(api: Api, ports: ApiPorts): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/cases/{caseId}/confirmations',
      summary: 'State what was done or verified; the case is judged again',
      request: { params: caseParameters, body: body(NewConfirmation) },
      responses: {
        201: json(ConfirmationView, 'The confirmation'),
        400: problem('Not valid'),
        404: problem('No such case'),
      },
    }),
    async (context) => {
      const { caseId, inputs } = await ownCase(ports, context, 'confirm');
      if (inputs.length >= MAX_INPUTS) {
        throw new ApiProblem('case_full', `A case takes at most ${MAX_INPUTS} bundles and confirmations.`);
      }
      const confirmation: Confirmation = { id: ports.newId(), ...context.req.valid('json') };
      const key = confirmationKey(caseId, confirmation.id);
      await ports.results.put(key, new TextEncoder().encode(JSON.stringify(confirmation)), {
        contentType: 'application/json',
      });
      const dueAt = later(ports.clock.now(), ports.deadlines.work);
      if ((await ports.repository.registerInput(caseId, key, dueAt)) === null) {
        throw new ApiProblem('case_deleting');
      }
      return context.json(confirmation, 201);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/cases/{caseId}/confirmations',
      summary: 'What was stated',
      request: { params: caseParameters },
      responses: {
        200: json(z.object({ items: z.array(ConfirmationView) }), 'The confirmations'),
        404: problem('No such case'),
      },
    }),
    async (context) => {
      const record = await ownCase(ports, context, 'read');
      const keys = record.inputs.filter((key) => parseConfirmationKey(key) !== null).sort();
      const stored = await Promise.all(keys.map((key) => ports.results.get(key)));
      const items = stored.flatMap((one) =>
        one === null ? [] : [Confirmation.parse(JSON.parse(new TextDecoder().decode(one)))],
      );
      return context.json({ items }, 200);
    },
  );
}

function routeKnowledge(api: Api, ports: ApiPorts): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/knowledge',
      summary: 'The knowledge that cases are judged with now',
      responses: { 200: json(KnowledgeView, 'The knowledge') },
    }),
    (context) => {
      allow(context, 'read');
      return context.json({ version: ports.knowledgeVersion }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/reanalysis',
      summary: 'Have cases judged again, after new knowledge, a page at a time',
      description:
        'Looks at a page of cases, newest first, and has those in the scope judged again. Repeat with the cursor until there is none. Until its new report is written, an outdated case keeps the old one; doing it twice changes nothing.',
      request: { body: body(NewReanalysis) },
      responses: {
        200: json(
          z.object({
            knowledge: z.string(),
            looked: z.int().openapi({ description: 'Cases looked at.' }),
            items: z.array(CaseSummary).openapi({ description: 'The cases, as they were judged before.' }),
            cursor: z.string().optional(),
          }),
          'The cases that are judged again',
        ),
        400: problem('Not valid'),
        403: problem('Not allowed'),
      },
    }),
    async (context) => {
      const principal = allow(context, 'reanalyze');
      const { scope, dryRun, ...query } = context.req.valid('json');
      const { items, cursor: next } = await ports.repository.listCases({
        ...paging(query),
        ...ofCustomer(principal),
      });
      const chosen = await reanalyze(ports, items, { scope, dryRun });
      if (!dryRun) ports.log.info('reanalysis', { scope, cases: chosen.map(({ caseId }) => caseId) });
      return context.json(
        {
          knowledge: ports.knowledgeVersion,
          looked: items.length,
          items: chosen.map(caseSummary),
          ...(next === undefined ? {} : { cursor: next }),
        },
        200,
      );
    },
  );
}

/**
 * Reports hold log lines, which an attacker may have written: no script runs, nothing is loaded, and the page is
 * an origin of its own, whatever slips through the escaping.
 */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups";

function allow(context: Request, scope: Scope): Principal {
  const principal = context.get('principal');
  if (!principal.scopes.includes(scope)) {
    throw new ApiProblem('forbidden', `The token lacks the scope ${scope}.`);
  }
  return principal;
}

/** The case of the path. Another customer's case does not exist for a restricted token. */
async function ownCase(ports: ApiPorts, context: Request, scope: Scope): Promise<CaseRecord> {
  const principal = allow(context, scope);
  const record = await ports.repository.getCase(context.req.param('caseId') ?? '');
  if (record === null || (principal.customer !== null && principal.customer !== record.customer)) {
    throw new ApiProblem('case_not_found');
  }
  return record;
}

interface PartsUpload {
  readonly bundle: BundleRecord;
  readonly key: string;
  readonly uploadId: string;
  readonly plan: { readonly partBytes: number; readonly parts: number };
}

/** The upload in parts that a request is about. */
async function partsUpload(ports: ApiPorts, context: Request): Promise<PartsUpload> {
  const { caseId } = await ownCase(ports, context, 'upload');
  const bundle = await ports.repository.getBundle(caseId, context.req.param('bundleId') ?? '');
  if (bundle === null) throw new ApiProblem('bundle_not_found');
  const plan = planOf(bundle);
  if (bundle.state !== 'awaiting_upload' || bundle.uploadId === null || plan === null) {
    throw new ApiProblem('upload_not_found');
  }
  return { bundle, key: bundleKey(caseId, bundle.bundleId), uploadId: bundle.uploadId, plan };
}

function planOf({ bytes, partBytes }: BundleRecord): PartsUpload['plan'] | null {
  return partBytes === null ? null : { partBytes, parts: Math.ceil(bytes / partBytes) };
}

function partLength({ bundle, plan }: PartsUpload, part: number): number {
  return part < plan.parts ? plan.partBytes : bundle.bytes - plan.partBytes * (plan.parts - 1);
}

/** The parts that are there with the length they must have, in order. */
async function arrivedParts(ports: ApiPorts, upload: PartsUpload): Promise<readonly UploadPart[]> {
  const listed = await ports.uploads.listParts(upload.key, upload.uploadId);
  if (listed === null) throw new ApiProblem('upload_not_found');
  return listed
    .filter(({ partNumber, bytes }) => bytes === partLength(upload, partNumber))
    .map(({ partNumber, etag }) => ({ partNumber, etag }));
}

function ofCustomer(principal: Principal): { customer?: string } {
  return principal.customer === null ? {} : { customer: principal.customer };
}

function paging(query: { limit: number; cursor?: string | undefined }): { limit: number; cursor?: string } {
  return query.cursor === undefined ? { limit: query.limit } : { limit: query.limit, cursor: query.cursor };
}

/** The analysis of everything that has arrived; refuses while there is none. */
async function readyAnalysis(ports: ApiPorts, record: CaseRecord): Promise<AnalysisPointer> {
  const bundles = await ports.repository.listBundles(record.caseId);
  const state = caseState(record, bundles);
  const reading = bundles.some((bundle) => WORKING_STATES.includes(bundle.state));
  const { analysis } = record;
  if (analysis !== null && analysis.revision === record.inputRevision && !reading && !record.deleting) {
    return analysis;
  }
  const counts: Record<string, number> = {};
  for (const bundle of bundles) counts[bundle.state] = (counts[bundle.state] ?? 0) + 1;
  if (state === 'open') {
    throw new ApiProblem('nothing_analysed', 'No bundle has been read yet.', {
      extensions: { state, bundles: counts },
    });
  }
  throw notReady({ state, bundles: counts });
}

function notReady(extensions: Record<string, unknown> = {}): ApiProblem {
  return new ApiProblem('report_not_ready', 'What has arrived is still being read. Ask again in a moment.', {
    extensions,
    headers: { 'Retry-After': '2' },
  });
}

async function document(
  ports: ApiPorts,
  key: string,
  options: { contentType: string; fileName: string; headers: Record<string, string> },
): Promise<Response> {
  const object = await ports.results.head(key);
  if (object === null) throw notReady();
  const disposition = `inline; filename="${options.fileName}"`;
  if (object.bytes > ports.maxAnswerBytes) {
    const url = await ports.results.signDownload(key, {
      contentType: options.contentType,
      contentDisposition: disposition,
      expiresInSeconds: 60,
    });
    return new Response(null, { status: 302, headers: { Location: url, 'Cache-Control': 'no-store' } });
  }
  const stored = await ports.results.get(key, object.version);
  if (stored === null) throw notReady();
  return new Response(new Uint8Array(stored), {
    headers: { ...options.headers, 'Content-Type': options.contentType, 'Content-Disposition': disposition },
  });
}

function formsOf(ports: ApiPorts): readonly { language: string; format: string }[] {
  return LANGUAGES.flatMap((language) => ports.formats.map(({ format }) => ({ language, format })));
}

function formOf(ports: ApiPorts, wanted: string | undefined, accept: string | undefined): ReportFormat {
  const names = ports.formats.map(({ format }) => format).join(', ');
  const [preferred] = ports.formats;
  const acceptable = (accept ?? '*/*').split(',').map((part) => (part.split(';')[0] ?? '').trim());
  const found =
    wanted === undefined
      ? acceptable
          .map((type) =>
            type === '*/*'
              ? preferred
              : ports.formats.find(({ mediaType }) => mediaType.split(';')[0] === type),
          )
          .find((form) => form !== undefined)
      : ports.formats.find(({ format }) => format === wanted);
  if (found === undefined) throw new ApiProblem('not_acceptable', `The report exists as ${names}.`);
  return found;
}
