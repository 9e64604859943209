//! The tables as diesel knows them: what `diesel print-schema` makes of either set of migrations.

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        token_hash -> Binary,
        access -> Text,
        room_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        last_used_from -> Nullable<Text>,
        last_agent -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> BigInt,
        kind -> Text,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        subject_id -> Nullable<BigInt>,
        subject -> Text,
        address -> Nullable<Text>,
        credential -> Nullable<Text>,
        details -> Text,
    }
}

diesel::table! {
    events (room_id, seq) {
        room_id -> BigInt,
        seq -> BigInt,
        tag -> BigInt,
        kind -> Text,
        at -> BigInt,
        actor_id -> Nullable<BigInt>,
        body -> Text,
    }
}

diesel::table! {
    invite_rooms (invite_id, room_id) {
        invite_id -> BigInt,
        room_id -> BigInt,
    }
}

diesel::table! {
    invites (id) {
        id -> BigInt,
        token_hash -> Binary,
        created_by -> BigInt,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        uses_left -> Nullable<Integer>,
        used -> Integer,
        revoked_at -> Nullable<BigInt>,
        role -> Text,
    }
}

diesel::table! {
    jwt_accounts (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        user_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    login_sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        handle_hash -> Nullable<Binary>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        address -> Text,
        agent -> Text,
    }
}

diesel::table! {
    memberships (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        joined_at -> BigInt,
        read_number -> BigInt,
        has_posted -> Bool,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        room_id -> BigInt,
        number -> BigInt,
        seq -> BigInt,
        author_id -> BigInt,
        client_id -> Binary,
        body -> Text,
        html -> Text,
        renderer -> Integer,
        at -> BigInt,
        tag -> BigInt,
    }
}

diesel::table! {
    past_authors (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
    }
}

diesel::table! {
    password_resets (id) {
        id -> BigInt,
        user_id -> BigInt,
        token_hash -> Binary,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    place (id) {
        id -> BigInt,
        name -> Text,
        sign_up -> Text,
        epoch -> Text,
        room_id -> BigInt,
        set_up_at -> BigInt,
        second_factor -> Text,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> BigInt,
        code_hash -> Binary,
    }
}

diesel::table! {
    revocations (id) {
        id -> BigInt,
        scope -> Text,
        user_id -> Nullable<BigInt>,
        credential -> Nullable<Text>,
        room_id -> Nullable<BigInt>,
        cause -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    revoked_jwts (jwt_key) {
        jwt_key -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    room_bans (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        banned_by -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    rooms (id) {
        id -> BigInt,
        kind -> Text,
        name -> Nullable<Text>,
        name_key -> Nullable<Text>,
        topic -> Text,
        is_default -> Bool,
        archived_at -> Nullable<BigInt>,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        last_seq -> BigInt,
        last_tag -> BigInt,
        last_number -> BigInt,
        last_at -> BigInt,
        direct_key -> Nullable<Text>,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> BigInt,
        sealed_secret -> Binary,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        display_name -> Text,
        password_hash -> Text,
        role -> Text,
        deactivated_at -> Nullable<BigInt>,
        created_at -> BigInt,
        person_room_id -> BigInt,
        inactive_because -> Nullable<Text>,
        banned_until -> Nullable<BigInt>,
        ban_reason -> Nullable<Text>,
    }
}

diesel::table! {
    ws_tickets (token_hash) {
        token_hash -> Binary,
        user_id -> BigInt,
        credential -> Text,
        credential_expires_at -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

diesel::joinable!(api_tokens -> users (user_id));
diesel::joinable!(invite_rooms -> invites (invite_id));
diesel::joinable!(invite_rooms -> rooms (room_id));
diesel::joinable!(invites -> users (created_by));
diesel::joinable!(jwt_accounts -> users (user_id));
diesel::joinable!(login_sessions -> users (user_id));
diesel::joinable!(memberships -> rooms (room_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(past_authors -> rooms (room_id));
diesel::joinable!(past_authors -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(room_bans -> rooms (room_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(ws_tickets -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    api_tokens,
    audit_log,
    events,
    invite_rooms,
    invites,
    jwt_accounts,
    login_sessions,
    memberships,
    messages,
    past_authors,
    password_resets,
    place,
    recovery_codes,
    revocations,
    revoked_jwts,
    room_bans,
    rooms,
    second_factors,
    users,
    ws_tickets,
);
