// When something of the dashboard is seen.

export const when = (entity, state) => [{ condition: "state", entity, state }];
