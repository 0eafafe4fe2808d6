import type { ReportFormat } from '../../shared/api/ports.ts';

/**
 * The forms every report is kept in, the preferred first. Said here again, so that the API does not carry the
 * renderers; a test holds the list to what the renderer really makes.
 */
export const REPORT_FORMATS: readonly ReportFormat[] = [
  { format: 'html', mediaType: 'text/html; charset=utf-8', extension: 'html' },
  { format: 'md', mediaType: 'text/markdown; charset=utf-8', extension: 'md' },
  { format: 'text', mediaType: 'text/plain; charset=utf-8', extension: 'txt' },
  { format: 'json', mediaType: 'application/json', extension: 'json' },
  { format: 'pdf', mediaType: 'application/pdf', extension: 'pdf' },
  { format: 'csaf', mediaType: 'application/json', extension: 'csaf.json' },
  { format: 'openvex', mediaType: 'application/json', extension: 'openvex.json' },
  { format: 'sarif', mediaType: 'application/sarif+json', extension: 'sarif' },
  { format: 'csv', mediaType: 'text/csv; charset=utf-8', extension: 'csv' },
  { format: 'bilingual', mediaType: 'text/html; charset=utf-8', extension: 'html' },
];
