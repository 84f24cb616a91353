// GraphQL over HTTP in full, by Yoga: GET, content negotiation, event streams. Yoga speaks HTTP;
// documents, limits, execution and errors are the spine's, so that both ways in give the same answer.
import { StreamSyncError } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import { GraphQLError, type GraphQLSchema } from 'graphql/index.js';
import { createYoga, type GraphQLParams, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { FrontDoorPort, QueryResponse } from '../pipeline/ports.ts';
import { checkParams, parseJson, type SentParams } from './parse-params.ts';
import type { Resolved } from './persisted-documents.ts';

export interface YogaSettings {
  readonly schema: GraphQLSchema;
  readonly door: FrontDoorPort;
  readonly clock: Clock;
  readonly bodyBytesMax: number;
  /** What a client names becomes the document that it means. */
  readonly resolve: (sent: SentParams) => Resolved;
}

export function createFullWay(settings: YogaSettings): YogaServerInstance<object, object> {
  return createYoga({
    schema: settings.schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    extraParamNames: ['documentId'],
    maxRequestBodySize: settings.bodyBytesMax,
    // The spine keeps prepared documents itself.
    parserAndValidationCache: false,
    maskedErrors: { maskError: (error) => describeHttpError(settings, error) as GraphQLError },
    plugins: [useSpine(settings), useCodedRefusals(settings)],
  });
}

/** Every operation is served by the spine; its clock starts when the request has been read. */
function useSpine({ door, clock, resolve }: YogaSettings): Plugin {
  const receivedAtMs = new WeakMap<Request, number>();
  return {
    onRequestParse({ request, setRequestParser }) {
      // The same refusals as the short way's, in the same words.
      if (request.method === 'POST') {
        setRequestParser(async () => {
          const json = parseJson(await request.text());
          checkParams(json);
          return json as GraphQLParams;
        });
      }
      return {
        onRequestParseDone: () => {
          receivedAtMs.set(request, clock.monotonicMs());
        },
      };
    },
    onParams: ({ request, params, setParams, setParamsHandler }) => {
      // Of a URL Yoga reads the parameters that it knows.
      const documentId =
        request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : undefined;
      const resolved = resolve(
        checkParams(documentId == null ? params : { ...params, documentId }),
      );
      const refused = resolved instanceof StreamSyncError;
      // Yoga wants a document, whoever serves it.
      setParams({ ...params, query: refused ? '{ __typename }' : resolved.query });
      setParamsHandler(async () => {
        const response = refused
          ? door.refuse(resolved)
          : await door.serve({
              ...resolved,
              readOnly: request.method === 'GET',
              receivedAtMs: receivedAtMs.get(request) ?? clock.monotonicMs(),
            });
        return asResult(response);
      });
    },
  };
}

/** A result whose text is already there; Yoga takes the status from the errors. */
function asResult(response: QueryResponse) {
  const { status, graphqlError, retryAfterSeconds, body } = response;
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const http = { status, spec: graphqlError, headers };
  return {
    stringify: () => body,
    ...(status === 200
      ? { data: null }
      : { errors: [new GraphQLError('', { extensions: { http } })] }),
  };
}

/** Yoga's own refusals, of requests that are not GraphQL over HTTP. */
function describeHttpError({ door, bodyBytesMax }: YogaSettings, error: unknown): unknown {
  const status =
    error instanceof GraphQLError
      ? (error.extensions.http as { status?: number } | undefined)?.status
      : error instanceof SyntaxError
        ? 400
        : undefined;
  const coded =
    status === undefined ? error : codedFor(status, (error as Error).message, bodyBytesMax);
  return carry(door.refuse(coded));
}

function codedFor(status: number, message: string, sizeBytesMax: number): StreamSyncError {
  if (status === 413) return new StreamSyncError('BODY_TOO_LARGE', { sizeBytesMax });
  if (status === 405) return new StreamSyncError('METHOD_NOT_ALLOWED');
  if (status === 406) return new StreamSyncError('NOT_ACCEPTABLE');
  if (status === 404) return new StreamSyncError('NOT_FOUND');
  if (status === 415) return new StreamSyncError('UNSUPPORTED_MEDIA_TYPE');
  return new StreamSyncError('BAD_REQUEST', {}, { message });
}

/** The first error of a refusal as Yoga wants it. */
function carry(refusal: QueryResponse): GraphQLError {
  const [first] = (
    JSON.parse(refusal.body) as {
      errors: { message: string; extensions: Record<string, unknown> }[];
    }
  ).errors;
  return new GraphQLError(first?.message ?? '', {
    extensions: { ...first?.extensions, http: { status: refusal.status } },
  });
}

/** Responses without a body, such as 406, get the coded one. */
function useCodedRefusals({ door, bodyBytesMax }: YogaSettings): Plugin {
  return {
    onResponse: ({ response, setResponse, fetchAPI }) => {
      if (response.status < 400 || response.body !== null) return;
      const refusal = door.refuse(codedFor(response.status, response.statusText, bodyBytesMax));
      setResponse(
        new fetchAPI.Response(refusal.body, {
          status: response.status,
          headers: { 'content-type': 'application/json; charset=utf-8' },
        }),
      );
    },
  };
}
