// Spans by the OpenTelemetry API: without a registered SDK they cost next to nothing, with one
// (loaded by the operator through `node --import`) they go wherever it sends them.
import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('streamsync');

/** Runs `step` in a span of that name; a throw marks the span and passes on. */
export async function withSpan<Result>(
  name: string,
  step: (span: Span) => Promise<Result> | Result,
  attributes: Attributes = {},
): Promise<Result> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
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
