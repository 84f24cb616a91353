// Spans by the OpenTelemetry API: without a registered SDK a step runs as if there were none, with one
// (loaded by the operator through `node --import`) they go wherever it sends them.
import {
  type Attributes,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const NAME = 'streamsync';

/** A span of no trace, which drops what it is told. */
const nowhere: Span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Asked each time: an SDK may be registered late. */
function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(
    provider instanceof ProxyTracerProvider && provider.getDelegateTracer(NAME) === undefined
  );
}

/**
 * Runs `step` in a span of that name; a throw marks the span and passes on. Without an SDK a step that
 * waits for nothing is not waited for: the API copies its context for each span that goes nowhere.
 */
export function withSpan<Result>(
  name: string,
  step: (span: Span) => Promise<Result> | Result,
  attributes: Attributes = {},
): Promise<Result> | Result {
  if (!isTraced()) return step(nowhere);
  return trace.getTracer(NAME).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await step(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
