const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  // Vue creates a policy of this name for the static HTML that its compiler hoists; the other trusts the one worker's address (src-renderer/workers/elk.ts).
  'trusted-types': 'vue calibrant-worker',
} as const;

/** `development`: Vite hands styles to the page as inline elements; nothing else is loosened. */
export function contentSecurityPolicy(mode: 'product' | 'development' = 'product'): string {
  const policy = mode === 'product' ? POLICY : { ...POLICY, 'style-src': "'self' 'unsafe-inline'" };
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}

/** What every answer to the window carries, over HTTP and over the desktop's own scheme. */
export function securityHeaders(mode: 'product' | 'development' = 'product'): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(mode),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
  };
}
