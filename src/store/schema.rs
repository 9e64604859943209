//! The tables as diesel knows them: what `diesel print-schema` makes of either set of migrations.

diesel::table! {
    events (room_id, seq) {
        room_id -> BigInt,
        seq -> BigInt,
        tag -> BigInt,
        kind -> Text,
        at -> BigInt,
        actor_id -> Nullable<BigInt>,
        message_id -> Nullable<BigInt>,
        body -> Nullable<Text>,
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
    }
}

diesel::table! {
    revocations (id) {
        id -> BigInt,
        scope -> Text,
        user_id -> Nullable<BigInt>,
        login_session_id -> Nullable<BigInt>,
        room_id -> Nullable<BigInt>,
        cause -> Text,
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
    }
}

diesel::joinable!(events -> messages (message_id));
diesel::joinable!(invites -> users (created_by));
diesel::joinable!(login_sessions -> users (user_id));
diesel::joinable!(memberships -> rooms (room_id));
diesel::joinable!(memberships -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(events, invites, login_sessions, memberships, messages, place, revocations, rooms, users,);
