"""Holds spans in OTLP/JSON against OpenTelemetry's own types: otlp.py FILE."""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ID_BYTES = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def with_base64(value: object) -> object:
    """Ids are hexadecimal in OTLP/JSON, and base64 in the JSON of protocol buffers."""
    if isinstance(value, list):
        return [with_base64(each) for each in value]
    if not isinstance(value, dict):
        return value
    read = {}
    for key, each in value.items():
        if key in ID_BYTES:
            raw = bytes.fromhex(each)
            if len(raw) != ID_BYTES[key] or not any(raw):
                raise ValueError(f"{each!r} is no {key}")
            read[key] = base64.b64encode(raw).decode()
        else:
            read[key] = with_base64(each)
    return read


def parse(text: str) -> ExportTraceServiceRequest:
    document = json.dumps(with_base64(json.loads(text)))
    return json_format.Parse(document, ExportTraceServiceRequest())


def main(file: str) -> None:
    with open(file, encoding="utf-8") as text:
        request = parse(text.read())
    spans = [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    ids = {(span.trace_id, span.span_id) for span in spans}
    if not spans or len(ids) != len(spans):
        raise SystemExit(f"{file}: {len(spans)} spans, {len(ids)} ids")
    for span in spans:
        if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
            raise SystemExit(f"{file}: {span.name} ends before it starts")
        keys = [attribute.key for attribute in span.attributes]
        if len(keys) != len(set(keys)):
            raise SystemExit(f"{file}: {span.name} has an attribute twice")
        for link in span.links:
            if (link.trace_id, link.span_id) not in ids:
                raise SystemExit(f"{file}: {span.name} is linked to what is no span")
    # The check itself must be able to say no.
    for wrong in (
        '{"resourceSpans":[{"misspelt":1}]}',
        '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00"}]}]}]}',
    ):
        try:
            parse(wrong)
        except (ValueError, json_format.ParseError):
            continue
        raise SystemExit(f"accepted {wrong}")
    print(f"{file}: {len(spans)} spans")


if __name__ == "__main__":
    main(sys.argv[1])
